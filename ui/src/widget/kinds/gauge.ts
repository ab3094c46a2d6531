// How full something is, as an arc. One for each row.
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Row } from '../../charts/row.ts';
import { cellText } from '../../charts/cells.ts';
import { ownerOf, type Shape } from '../../charts/shape.ts';

const MOST = 12;
const WARN = 0.75;
const DANGER = 0.9;
/** Of the arc, which is three quarters of a circle with a radius of 40. */
const LENGTH = 1.5 * Math.PI * 40;

export function gauge(shape: Shape): TemplateResult {
  const { rows } = shape;
  return html`<div class="gauges" data-many=${rows.length > 1 ? 'yes' : 'no'}>
    ${rows.slice(0, MOST).map((row) => one(shape, row, scaleOf(shape)))}
    ${rows.length > MOST ? html`<p class="more">and ${rows.length - MOST} more</p>` : nothing}
  </div>`;
}

function one(shape: Shape, row: Row, full: number): TemplateResult {
  const [column] = shape.y;
  if (column === undefined) return html`<p class="more">There is no number to show.</p>`;
  const value = row[column.name];
  const share = typeof value === 'number' ? Math.min(1, Math.max(0, value / full)) : 0;
  const level = share >= DANGER ? 'danger' : share >= WARN ? 'warning' : 'good';
  const text = cellText(value, column);
  const about = [
    ownerOf(row, shape),
    shape.x && shape.x.name !== 'instance' ? cellText(row[shape.x.name], shape.x) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return html`<figure class="gauge">
    <svg
      viewBox="0 0 100 86"
      role="img"
      aria-label=${`${about === '' ? '' : `${about}: `}${text} of ${cellText(full, column)}`}
    >
      ${arc('track', 1)} ${share > 0 ? arc(`fill ${level}`, share) : nothing}
      <text x="50" y="56" text-anchor="middle">${text}</text>
    </svg>
    <figcaption><bdi>${about}</bdi></figcaption>
  </figure>`;
}

function arc(name: string, share: number) {
  return svg`<path class=${name} d="M 21.7 78.3 A 40 40 0 1 1 78.3 78.3" stroke-dasharray=${`${(share * LENGTH).toFixed(1)} 400`} />`;
}

/** What counts as full: of a percentage a hundred, else a round number above the largest. */
function scaleOf({ rows, y: [column] }: Shape): number {
  if (column === undefined || column.unit === '%') return 100;
  const largest = Math.max(1, ...rows.map((row) => Number(row[column.name]) || 0));
  const digits = 10 ** Math.floor(Math.log10(largest));
  return Math.ceil(largest / digits) * digits;
}
