// What a chart says, for those who do not see it: a table of what is drawn.
import { html, type TemplateResult } from 'lit';
import { cellText, headingOf } from '../../charts/cells.ts';
import { ownerOf, type Shape } from '../../charts/shape.ts';

/** Read aloud, more is no help. */
const MOST = 100;

export function chartText(shape: Shape, caption: string): TemplateResult {
  const { x, y, groups, rows, names } = shape;
  const columns = x === undefined ? y : [x, ...groups, ...y];
  const left = rows.length > MOST ? `, the first ${MOST} of ${rows.length} rows` : '';
  return html`<div class="hidden">
    <table>
      <caption>
        ${caption}${left}
      </caption>
      <thead>
        <tr>
          ${names && html`<th scope="col">Instance</th>`}
          ${columns.map((column) => html`<th scope="col">${headingOf(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MOST).map(
          (row) =>
            html`<tr>
              ${names && html`<td>${ownerOf(row, shape)}</td>`}
              ${columns.map((column) => html`<td>${cellText(row[column.name], column)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
