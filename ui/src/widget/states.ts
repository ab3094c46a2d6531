// What stands in the place of rows when there are none: why, and what to do.
import type { Problem } from '@jackfield/schemas';
import { html, nothing, type TemplateResult } from 'lit';
import { shortened } from '../charts/cells.ts';

export function loading(): TemplateResult {
  return html`<div class="skeleton" role="status"><span class="hidden">Loading</span><i></i><i></i><i></i></div>`;
}

export function empty(): TemplateResult {
  return html`<div class="state quiet"><p>Nothing to show</p></div>`;
}

/** `wrong`: for whoever wrote the page. */
export function misused(wrong: string): TemplateResult {
  return html`<div class="state failed" role="note">
    <strong>This widget is not set up</strong><span>${wrong}.</span>
  </div>`;
}

export function failed({ status, title, detail, next }: Problem, retry: () => void): TemplateResult {
  const isDenied = status === 401 || status === 403;
  return html`<div class=${isDenied ? 'state denied' : 'state failed'} role="note">
    <strong>${isDenied ? 'You may not see this' : shortened(title)}</strong>
    ${detail ? html`<span><bdi>${shortened(detail)}</bdi></span>` : nothing}
    ${next ? html`<span class="next"><bdi>${shortened(next)}</bdi></span>` : nothing}
    ${isDenied ? nothing : html`<button type="button" @click=${retry}>Try again</button>`}
  </div>`;
}
