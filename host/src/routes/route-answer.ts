// What a plugin's route answered, checked again: it comes from a thread in which somebody else's code runs.
import { Problem } from '../errors.ts';
import type { RunResult } from '../sandbox/index.ts';
import type { RowChange } from '../sync/index.ts';
import type { PluginRoute } from './route-table.ts';

export interface RouteAnswer {
  readonly status: number;
  /** JSON text; null when there is none. */
  readonly body: string | null;
  readonly changes: readonly RowChange[];
}

/** @throws Problem `plugin_failed`. */
export function readAnswer(
  answer: RunResult['answer'],
  { id, plugin, manifest }: PluginRoute,
  run: { readonly runId: string; readonly instanceId: string },
): RouteAnswer {
  const fail = (detail: string): never => {
    const { name } = plugin.manifest;
    throw new Problem('plugin_failed', `plugin "${name}", route "${id}": ${detail}`, { ...run, plugin: name });
  };
  if (answer === undefined) return fail('it gave no answer');
  const { status, body, changes } = answer;
  const isStatus = Number.isInteger(status) && ((status >= 200 && status < 300) || (status >= 400 && status < 500));
  if (!isStatus) return fail('its status is neither 200 to 299 nor 400 to 499');
  if (body !== null && typeof body !== 'string') return fail('its body is no text');
  if (!Array.isArray(changes)) return fail('its changes are no list');
  for (const { stream, kind, bytes } of changes) {
    if (!manifest.streams.includes(stream)) return fail(`it changes a stream that it does not declare (${stream})`);
    if (kind !== 'upsert' && kind !== 'remove') return fail('a change is neither rows nor keys');
    if (!(bytes instanceof Uint8Array)) return fail('a change has no rows');
  }
  return { status, body, changes };
}
