// Badges that say of which instances something is old or missing, how old, and why.
import type { InstanceState, Problem } from '@jackfield/schemas';
import { html, nothing, type TemplateResult } from 'lit';
import { ageText, shortened, timeText } from '../charts/cells.ts';
import type { State } from './shared-answers.ts';

interface Trouble {
  readonly name: string;
  readonly what: string;
  readonly why: string;
}

export function badges(state: State): TemplateResult {
  const instances = state.answer?.meta?.instances ?? [];
  const failed = instances.filter(({ state }) => state === 'failed').map(failureOf);
  const old = instances.filter(({ state }) => state === 'stale');
  const stale = old.map(staleOf);
  const age = Math.max(0, ...old.map(({ stale }) => stale?.ageMs ?? 0));
  const answered = state.answeredAt === undefined ? 0 : Date.now() - state.answeredAt;
  if (state.problem !== undefined && state.answer !== undefined) stale.unshift(notRefreshed(state.problem));
  const total = age + (stale.length > 0 ? answered : 0);
  const isUnread = old.length > 0 && old.every(({ asOf }) => asOf === undefined);
  const label = isUnread ? 'Not read yet' : total > 0 ? `${ageText(total)} old` : 'Old';
  return html`
    ${badge('old', label, stale)} ${badge('broken', `${failed.length} of ${instances.length} missing`, failed)}
  `;
}

function badge(kind: string, label: string, troubles: readonly Trouble[]): TemplateResult | typeof nothing {
  if (troubles.length === 0) return nothing;
  return html`<details class=${kind}>
    <summary>${label}</summary>
    <ul>
      ${troubles.map(
        ({ name, what, why }) =>
          html`<li>
            <b><bdi>${name}</bdi></b> ${what}<span><bdi>${why}</bdi></span>
          </li>`,
      )}
    </ul>
  </details>`;
}

function staleOf({ name, stale, asOf }: InstanceState): Trouble {
  const what = asOf === undefined ? 'has not been read yet' : `as of ${timeText(asOf)}`;
  return { name, what, why: shortened(stale?.reason ?? '') };
}

function failureOf({ name, error }: InstanceState): Trouble {
  return { name, what: 'is missing', why: shortened(`${error?.detail ?? ''} ${error?.next ?? ''}`.trim()) };
}

function notRefreshed({ title, detail, next }: Problem): Trouble {
  return { name: title, what: '', why: shortened(`${detail ?? ''} ${next ?? ''}`.trim()) };
}
