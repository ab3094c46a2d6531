// An instance as it would be with another version of its plugin, to check its connection before anything is written.
import type { ClientParameters } from '../client-finder.ts';
import { type InstanceRow, revisionOf } from '../rows.ts';
import { draftView, type ResolvedInstance, resolvedOf } from '../view.ts';
import type { Assessment } from './assessment.ts';
import type { Versions } from './way.ts';

export function trialInstance(
  row: InstanceRow,
  { parsed, secrets }: NonNullable<Assessment['working']>,
  { to }: Versions,
  at: Date,
  client: ClientParameters,
): ResolvedInstance {
  // A vendor that replaces a refresh token meanwhile replaces the one that the instance has.
  const fields = [...secrets].flatMap(([field, { from, reference }]): [string, string][] =>
    from === undefined || reference !== undefined ? [] : [[field, from]],
  );
  const stored = { instanceId: row.id, revision: revisionOf(row), fields: new Map(fields) };
  const view = { ...draftView(to, at), name: row.name, clientId: row.client_id };
  return resolvedOf(view, to, parsed, client, { stored, override: row.limits });
}
