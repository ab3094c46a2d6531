// Rows as a table. Of many rows only those are in the page that can be seen.
import type { Virtualizer } from '@tanstack/virtual-core';
import { html, nothing, type TemplateResult } from 'lit';
import { ref, type Ref } from 'lit/directives/ref.js';
import type { Row } from '../../charts/row.ts';
import { cellText, headingOf, isNumeric } from '../../charts/cells.ts';
import { ownerOf, type Shape } from '../../charts/shape.ts';

/** Height of a row in pixels: each is one line. */
export const ROW_HEIGHT = 32;

export interface TableOptions {
  readonly label: string;
  readonly scroller: Ref<HTMLDivElement>;
  readonly virtualizer: Virtualizer<HTMLDivElement, HTMLTableRowElement>;
}

export function table(shape: Shape, { label, scroller, virtualizer }: TableOptions): TemplateResult {
  const { columns, rows, names } = shape;
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const width = columns.length + (names === undefined ? 0 : 1);
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${label} ${ref(scroller)}>
      <table aria-rowcount=${rows.length + 1}>
        <thead>
          <tr aria-rowindex="1">
            ${names && html`<th scope="col">Instance</th>`}
            ${columns.map(
              (column) =>
                html`<th scope="col" class=${isNumeric(column) ? 'number' : ''}><bdi>${headingOf(column)}</bdi></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${gap(before, width)} ${items.map(({ index }) => row(shape, rows[index] ?? {}, index))} ${gap(after, width)}
        </tbody>
      </table>
    </div>
  `;
}

function row(shape: Shape, row: Row, index: number): TemplateResult {
  const { columns, names } = shape;
  return html`<tr aria-rowindex=${index + 2}>
    ${names && html`<th scope="row"><bdi>${ownerOf(row, shape)}</bdi></th>`}
    ${columns.map(
      (column) =>
        html`<td class=${isNumeric(column) ? 'number' : ''}><bdi>${cellText(row[column.name], column)}</bdi></td>`,
    )}
  </tr>`;
}

/** In the place of rows that nobody sees. */
function gap(height: number, width: number): TemplateResult | typeof nothing {
  return height > 0
    ? html`<tr aria-hidden="true">
        <td class="gap" colspan=${width} height=${height}></td>
      </tr>`
    : nothing;
}
