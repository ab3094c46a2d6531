// A few values, large. Of many instances one after the other, each with its name.
import { html, nothing, type TemplateResult } from 'lit';
import type { Row } from '../../charts/row.ts';
import { cellText, headingOf } from '../../charts/cells.ts';
import { ownerOf, type Shape } from '../../charts/shape.ts';

/** More are a table. */
const MOST = 24;

export function stat(shape: Shape): TemplateResult {
  const { rows } = shape;
  return html`<div class="stats" data-many=${rows.length > 1 ? 'yes' : 'no'}>
    ${rows.slice(0, MOST).map((row) => one(shape, row))}
    ${rows.length > MOST ? html`<p class="more">and ${rows.length - MOST} more</p>` : nothing}
  </div>`;
}

function one(shape: Shape, row: Row): TemplateResult {
  const owner = ownerOf(row, shape);
  const [first, ...rest] = shape.columns;
  return html`<dl class="stat">
    ${
      owner === ''
        ? nothing
        : html`<div class="owner">
            <dt class="hidden">Instance</dt>
            <dd><bdi>${owner}</bdi></dd>
          </div>`
    }
    ${
      first &&
      html`<div class="value">
        <dt>${headingOf(first)}</dt>
        <dd><bdi>${cellText(row[first.name], first)}</bdi></dd>
      </div>`
    }
    ${rest.map(
      (column) =>
        html`<div>
          <dt><bdi>${headingOf(column)}</bdi></dt>
          <dd><bdi>${cellText(row[column.name], column)}</bdi></dd>
        </div>`,
    )}
  </dl>`;
}
