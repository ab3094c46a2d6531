// Rows as lines of text: the first column is what each is about, the others say more of it.
import { html, nothing, type TemplateResult } from 'lit';
import { cellText, headingOf } from '../../charts/cells.ts';
import { ownerOf, type Shape } from '../../charts/shape.ts';

/** More than that is a table. */
const MOST = 200;

export function list(shape: Shape): TemplateResult {
  const { rows, columns } = shape;
  const [first, ...rest] = columns;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Entries">
    <ul class="list">
      ${rows.slice(0, MOST).map((row) => {
        const owner = ownerOf(row, shape);
        return html`<li>
          <span class="about"><bdi>${first && cellText(row[first.name], first)}</bdi></span>
          <span class="says">
            ${owner === '' ? nothing : html`<bdi class="owner">${owner}</bdi>`}
            ${rest.map((column) => html`<span><span class="hidden">${headingOf(column)}: </span><bdi>${cellText(row[column.name], column)}</bdi></span>`)}
          </span>
        </li>`;
      })}
      ${rows.length > MOST ? html`<li class="more">and ${rows.length - MOST} more</li>` : nothing}
    </ul>
  </div>`;
}
