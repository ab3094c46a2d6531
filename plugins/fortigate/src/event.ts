// What an automation stitch sends: fields of a log message, in whatever form the action's body gives them. Nothing of it is stored:
// it only says what to read again.
import { fieldsOf, textOf, type Fields } from './cells.ts';

/** What can be read again, by the stream that has it. */
export const TOPICS = ['interfaces', 'policies', 'vpn_tunnels', 'ha'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Event {
  readonly topics: readonly Topic[];
  /** The VDOM it happened in; null when it does not say. */
  readonly vdom: string | null;
  /** An interface that was deleted. */
  readonly deletedInterface: string | null;
}

/** Null when the body is neither JSON nor a log line. */
export function parseEvent(body: string): Event | null {
  const fields = parseFields(body);
  if (fields === null) return null;
  const told = (name: string): string | null => cleaned(fields[name]);
  const path = told('cfgpath');
  const isDeleted = told('action')?.toLowerCase() === 'delete' && path === 'system.interface';
  return {
    topics: topicsOf(told),
    vdom: told('vd') ?? told('vdom'),
    deletedInterface: isDeleted ? told('cfgobj') : null,
  };
}

/** JSON, the log itself below `log`, or the log as text: `logid="0100020099" vd="root"`. */
function parseFields(body: string): Fields | null {
  try {
    const fields = fieldsOf(JSON.parse(body));
    return fields === null ? null : { ...fieldsOf(fields['log']), ...fields };
  } catch {
    // A value with a quote in it makes the action's JSON invalid: what can be recognised is taken.
    const pairs = [...body.matchAll(/"?([a-z_]+)"?\s*[=:]\s*(?:"([^"]*)"|([^\s",}]+))/gi)];
    if (pairs.length === 0) return null;
    return Object.fromEntries(pairs.map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare]));
  }
}

/** The device writes N/A for nothing, and leaves a placeholder in place that the log does not have. */
function cleaned(value: unknown): string | null {
  const text = textOf(value)?.trim() ?? '';
  return text === '' || text === 'N/A' || text.includes('%%') ? null : text;
}

const BY_PATH: readonly (readonly [start: string, topic: Topic])[] = [
  ['firewall.policy', 'policies'],
  ['system.interface', 'interfaces'],
  ['vpn.ipsec', 'vpn_tunnels'],
  ['system.ha', 'ha'],
];

// The last six digits of a log id. Two digits of type and two of subtype stand before them.
const INTERFACE_STATUS = 20_099;
const STARTED = 32_009;
/** A configuration change: of a path, an object, an attribute, an object's attribute. */
const CONFIGURED = new Set([44_544, 44_545, 44_546, 44_547]);

function topicsOf(told: (name: string) => string | null): readonly Topic[] {
  // What the stitch itself says, for triggers that have no log.
  const own = TOPICS.find((topic) => topic === told('topic'));
  if (own !== undefined) return [own];
  const path = told('cfgpath');
  if (path !== null) return BY_PATH.filter(([start]) => path.startsWith(start)).map(([, topic]) => topic);
  const subtype = told('subtype');
  if (subtype === 'vpn') return ['vpn_tunnels'];
  if (subtype === 'ha') return ['ha'];
  return topicsOfLog(told('logid') ?? '');
}

function topicsOfLog(logid: string): readonly Topic[] {
  const digits = /^\d{1,10}$/.test(logid) ? logid.padStart(10, '0') : null;
  // Types: 01 is an event; subtypes of it: 01 is vpn, 08 is ha.
  if (digits === null) return [];
  const message = Number(digits.slice(4));
  if (message === INTERFACE_STATUS) return ['interfaces'];
  if (message === STARTED) return ['interfaces', 'ha'];
  if (CONFIGURED.has(message)) return ['policies', 'interfaces'];
  if (digits.startsWith('0101')) return ['vpn_tunnels'];
  return digits.startsWith('0108') ? ['ha'] : [];
}
