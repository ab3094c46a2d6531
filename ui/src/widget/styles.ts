// How widgets look. Each custom property of the page (`--jackfield-…`, see README) has a default for light and for dark; which of them
// counts, `color-scheme` of the page says.
import { css } from 'lit';

export const styles = css`
  :host {
    --_background: var(--jackfield-background, light-dark(#fff, #1d2026));
    --_text: var(--jackfield-text, light-dark(#1f2430, #d5d9df));
    --_muted: var(--jackfield-muted, light-dark(#5a626b, #a3abb5));
    --_line: var(--jackfield-line, light-dark(#e3e6ea, #30343c));
    --_hover: var(--jackfield-hover, light-dark(#f1f3f6, #262a31));
    --_accent: var(--jackfield-accent, light-dark(#3b5bdb, #91a7ff));
    --_warning: var(--jackfield-warning, light-dark(#8a4b00, #ffc078));
    --_danger: var(--jackfield-danger, light-dark(#a61e1e, #ffa8a8));
    --_series-1: var(--jackfield-series-1, light-dark(#4263eb, #748ffc));
    --_series-2: var(--jackfield-series-2, light-dark(#0c8599, #3bc9db));
    --_series-3: var(--jackfield-series-3, light-dark(#e8590c, #ffa94d));
    --_series-4: var(--jackfield-series-4, light-dark(#7048e8, #b197fc));
    --_series-5: var(--jackfield-series-5, light-dark(#2f9e44, #69db7c));
    --_series-6: var(--jackfield-series-6, light-dark(#c2255c, #faa2c1));
    --_series-7: var(--jackfield-series-7, light-dark(#b08900, #ffe066));
    --_series-8: var(--jackfield-series-8, light-dark(#868e96, #ced4da));
    display: block;
    min-block-size: 6rem;
    color: var(--_text);
    font: 0.875rem / 1.45 var(--jackfield-font, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
  }
  :host([hidden]) {
    display: none;
  }
  article {
    box-sizing: border-box;
    display: flex;
    flex-direction: column;
    position: relative;
    block-size: 100%;
    border: 1px solid var(--_line);
    border-radius: var(--jackfield-radius, 10px);
    background: var(--_background);
  }
  header {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    padding: 0.625rem var(--jackfield-header-end, 0.875rem) 0.25rem 0.875rem;
  }
  .title {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    font-size: 0.875rem;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .body {
    flex: 1;
    min-block-size: 0;
    display: flex;
    flex-direction: column;
    padding: 0.25rem 0.875rem 0.375rem;
    overflow: auto;
  }
  .body[data-kind='table'] {
    padding-inline: 0;
    padding-block-end: 0;
    overflow: hidden;
  }
  footer {
    display: flex;
    align-items: center;
    gap: 0.75rem;
    padding: 0.25rem 0.875rem 0.5rem;
    color: var(--_muted);
    font-size: 0.75rem;
  }
  footer .space {
    flex: 1;
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow: auto;
    overscroll-behavior: contain;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: -2px;
  }
  table {
    inline-size: 100%;
    border-collapse: separate;
    border-spacing: 0;
  }
  thead th {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    background: var(--_background);
    color: var(--_muted);
    font-size: 0.75rem;
    font-weight: 600;
  }
  table :is(th, td) {
    max-inline-size: 24rem;
    padding: 0 0.875rem;
    overflow: hidden;
    border-block-end: 1px solid var(--_line);
    text-align: start;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  table :is(th, td):not(.gap) {
    block-size: 31px;
  }
  tbody th {
    font-weight: 500;
  }
  table td.gap {
    padding: 0;
    border: 0;
  }
  tbody tr:hover :is(th, td) {
    background: var(--_hover);
  }
  table .number {
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  dl,
  dd,
  ul,
  figure,
  p {
    margin: 0;
    padding: 0;
  }
  .stats {
    flex: 1;
    display: grid;
    align-content: safe center;
    gap: 0.75rem 1.5rem;
  }
  .stats[data-many='yes'] {
    grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
    align-content: start;
  }
  .stat {
    display: flex;
    flex-wrap: wrap;
    gap: 0.125rem 1.25rem;
    min-inline-size: 0;
  }
  .stat div {
    min-inline-size: 0;
  }
  .stat :is(.value, .owner) {
    flex-basis: 100%;
  }
  .stat dt {
    color: var(--_muted);
    font-size: 0.75rem;
    line-height: 1.3;
  }
  .stat dd {
    line-height: 1.3;
    overflow: hidden;
    text-overflow: ellipsis;
    overflow-wrap: anywhere;
  }
  .stat .owner dd {
    font-weight: 600;
  }
  .stat .value dd {
    font-size: 1.5rem;
    font-variant-numeric: tabular-nums;
    font-weight: 600;
    letter-spacing: -0.02em;
    line-height: 1.2;
  }
  .stats[data-many='yes'] .value dd {
    font-size: 1.25rem;
  }
  .list {
    list-style: none;
  }
  .list li {
    display: flex;
    flex-direction: column;
    padding-block: 0.375rem;
    border-block-end: 1px solid var(--_line);
    overflow-wrap: anywhere;
  }
  .list .about {
    font-weight: 500;
  }
  .list .says {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.75rem;
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  .gauges {
    flex: 1;
    min-block-size: 0;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    place-items: center;
    gap: 0.5rem;
  }
  .gauges[data-many='yes'] {
    grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr));
  }
  .gauge {
    display: flex;
    flex-direction: column;
    align-items: center;
    inline-size: 100%;
    block-size: 100%;
    min-block-size: 5.5rem;
    max-block-size: 12rem;
  }
  .gauge svg {
    flex: 1;
    min-block-size: 0;
    max-inline-size: 100%;
  }
  .gauge path {
    fill: none;
    stroke: var(--_line);
    stroke-width: 9;
    stroke-linecap: round;
  }
  .gauge .good {
    stroke: var(--_series-1);
  }
  .gauge .warning {
    stroke: var(--_series-3);
  }
  .gauge .danger {
    stroke: var(--_danger);
  }
  .gauge text {
    fill: var(--_text);
    font-size: 15px;
    font-variant-numeric: tabular-nums;
    font-weight: 600;
  }
  figcaption {
    max-inline-size: 100%;
    overflow: hidden;
    color: var(--_muted);
    font-size: 0.75rem;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .chart {
    flex: 1;
    min-block-size: 8rem;
    min-inline-size: 0;
    overflow: hidden;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .more {
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  .state {
    flex: 1;
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    justify-content: safe center;
    gap: 0.25rem;
    overflow-wrap: anywhere;
  }
  .state.quiet {
    align-items: center;
    color: var(--_muted);
  }
  .state strong {
    font-weight: 600;
  }
  .state .next {
    color: var(--_muted);
  }
  .state.failed strong {
    color: var(--_danger);
  }
  .skeleton {
    flex: 1;
    display: grid;
    align-content: start;
    gap: 0.75rem;
    padding-block-start: 0.5rem;
  }
  .skeleton i {
    block-size: 0.75rem;
    border-radius: 4px;
    background: var(--_line);
    animation: breathe 1.6s ease-in-out infinite;
  }
  .skeleton i:nth-child(2) {
    inline-size: 80%;
  }
  .skeleton i:nth-child(3) {
    inline-size: 60%;
  }
  @keyframes breathe {
    50% {
      opacity: 0.45;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .skeleton i {
      animation: none;
    }
  }
  details {
    position: relative;
    font-size: 0.75rem;
  }
  summary {
    padding: 0.0625rem 0.5rem;
    border: 1px solid currentcolor;
    border-radius: 99px;
    cursor: pointer;
    font-weight: 600;
    list-style: none;
    white-space: nowrap;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  .old summary {
    color: var(--_warning);
  }
  .broken summary {
    color: var(--_danger);
  }
  details ul {
    position: absolute;
    inset-block-start: calc(100% + 0.25rem);
    inset-inline-end: 0;
    z-index: 3;
    inline-size: max-content;
    max-inline-size: min(22rem, 80vw);
    max-block-size: 16rem;
    padding: 0.5rem 0.75rem;
    overflow: auto;
    border: 1px solid var(--_line);
    border-radius: 8px;
    background: var(--_background);
    box-shadow: 0 6px 24px rgb(0 0 0 / 18%);
    list-style: none;
    overflow-wrap: anywhere;
  }
  details li + li {
    margin-block-start: 0.5rem;
  }
  details li > span {
    display: block;
    color: var(--_muted);
  }
  button {
    padding: 0.125rem 0.5rem;
    border: 1px solid var(--_line);
    border-radius: 6px;
    background: transparent;
    color: var(--_accent);
    cursor: pointer;
    font: inherit;
  }
  button:hover {
    background: var(--_hover);
  }
`;
