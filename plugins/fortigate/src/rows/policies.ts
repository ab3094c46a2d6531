import type { Read } from '../call.ts';
import { fieldsOf, integerOf, textOf, type Fields } from '../cells.ts';
import { listedResults, vdomOf, type Envelope } from '../envelope.ts';
import type { Scope } from '../vdom.ts';

export const policyColumns = {
  vdom: { type: 'string', label: 'VDOM' },
  uuid: { type: 'string', label: 'UUID' },
  policyid: { type: 'integer', label: 'Policy' },
  position: { type: 'integer', label: 'Place in the list' },
  name: { type: 'string', label: 'Name' },
  action: { type: 'string', label: 'Action' },
  status: { type: 'string', label: 'Status' },
  srcintf: { type: 'json', label: 'From interfaces' },
  dstintf: { type: 'json', label: 'To interfaces' },
  srcaddr: { type: 'json', label: 'Sources' },
  dstaddr: { type: 'json', label: 'Destinations' },
  service: { type: 'json', label: 'Services' },
  schedule: { type: 'string', label: 'Schedule' },
  nat: { type: 'string', label: 'NAT' },
  logtraffic: { type: 'string', label: 'Logging' },
  comments: { type: 'string', label: 'Comments' },
} as const;

const FIELDS = Object.keys(policyColumns).filter((name) => name !== 'vdom' && name !== 'position');

export function policyRead(scope: Scope): Read {
  return { path: 'cmdb/firewall/policy', scope, params: { format: FIELDS.join('|') } };
}

/** The policies of a VDOM. One without a uuid, or with one that is taken, goes by its number. */
export function policyRows(envelope: Envelope) {
  const vdom = vdomOf(envelope);
  const taken = new Set<string>();
  return listedResults(envelope.results).flatMap((item, position) => {
    const policyid = integerOf(item['policyid']);
    if (policyid === null) return [];
    const own = uuidOf(item);
    const uuid = own === null || taken.has(own) ? `policyid:${policyid}` : own;
    if (taken.has(uuid)) return [];
    taken.add(uuid);
    return [{ vdom, uuid, policyid, position, ...settingsOf(item) }];
  });
}

function uuidOf(item: Fields): string | null {
  const uuid = textOf(item['uuid']);
  // All zeros stand for none.
  return uuid === null || /^[0-]*$/.test(uuid) ? null : uuid.toLowerCase();
}

function settingsOf(item: Fields) {
  return {
    name: textOf(item['name']),
    action: textOf(item['action']),
    status: textOf(item['status']),
    srcintf: namesOf(item['srcintf']),
    dstintf: namesOf(item['dstintf']),
    srcaddr: namesOf(item['srcaddr']),
    dstaddr: namesOf(item['dstaddr']),
    service: namesOf(item['service']),
    schedule: textOf(item['schedule']),
    nat: textOf(item['nat']),
    logtraffic: textOf(item['logtraffic']),
    comments: textOf(item['comments']),
  };
}

function namesOf(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.map((entry) => textOf(fieldsOf(entry)?.['name'] ?? entry)).filter((name) => name !== null);
}
