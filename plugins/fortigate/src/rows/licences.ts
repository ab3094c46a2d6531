import type { Read } from '../call.ts';
import { dateOf, fieldsOf, integerOf, textOf, timeOf, type Fields } from '../cells.ts';
import { namedResults, type Envelope } from '../envelope.ts';
import type { Scope } from '../vdom.ts';

export function licenceRead(scope: Scope): Read {
  return { path: 'monitor/license/status', scope };
}

/** Every licence by its name. Support contracts are one level down: forticare.support.{hardware,enhanced}. */
export function* licencesOf(envelope: Envelope | undefined): Generator<readonly [service: string, item: Fields]> {
  for (const [service, item] of namedResults(envelope?.results)) {
    yield [service, item];
    for (const [level, contract] of namedResults(fieldsOf(item['support']))) yield [`${service}.${level}`, contract];
  }
}

export const licenceColumns = {
  service: { type: 'string', label: 'Service' },
  type: { type: 'string', label: 'Type' },
  status: { type: 'string', label: 'Status' },
  expires: { type: 'date', label: 'Expires' },
  version: { type: 'string', label: 'Version' },
  entitlement: { type: 'string', label: 'Entitlement' },
  lastUpdate: { type: 'datetime', label: 'Last update' },
  used: { type: 'integer', label: 'Used' },
  most: { type: 'integer', label: 'Of at most' },
} as const;

export function licenceRows(envelope: Envelope) {
  const rows = new Map<string, ReturnType<typeof licenceRow>>();
  for (const [service, item] of licencesOf(envelope)) rows.set(service, licenceRow(service, item));
  return [...rows.values()];
}

function licenceRow(service: string, item: Fields) {
  return {
    service,
    type: textOf(item['type']),
    status: textOf(item['status']),
    expires: dateOf(item['expires']),
    version: textOf(item['version']),
    entitlement: textOf(item['entitlement']),
    lastUpdate: timeOf(item['last_update']),
    used: integerOf(item['used']),
    most: integerOf(item['max']),
  };
}
