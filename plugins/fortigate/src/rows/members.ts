// The members of an HA cluster, from the three endpoints that each know a part.
import { fieldsOf, firstOf, flagOf, integerOf, numberOf, textOf, type Fields } from '../cells.ts';
import type { Ctx } from '../config.ts';
import { both, readOptional, readRequired } from '../device.ts';
import { listedResults, type Envelope } from '../envelope.ts';
import type { Scope } from '../vdom.ts';

export interface Member {
  readonly serial: string;
  readonly hostname: string | null;
  readonly role: string | null;
  readonly priority: number | null;
  readonly cpu: number | null;
  readonly mem: number | null;
  readonly sessions: number | null;
  readonly inSync: boolean | null;
  readonly uptime: number | null;
  /** False for a member that is known but has no statistics: it is silent. */
  readonly answers: boolean;
}

/**
 * Null when the device does not have the endpoint, or names no member: a missing right may show as a reduced answer. An empty list
 * is a device that stands alone.
 */
export async function readMembers(ctx: Ctx, scope: Scope): Promise<readonly Member[] | null> {
  const [statistics] = await readRequired(ctx, { path: 'monitor/system/ha-statistics', scope });
  if (statistics === undefined) return null;
  const loads = bySerial(statistics);
  if (loads.size === 0) return Array.isArray(statistics.results) && statistics.results.length === 0 ? [] : null;
  const [[sums], [peers]] = await both(
    () => readOptional(ctx, { path: 'monitor/system/ha-checksums', scope }),
    () => readOptional(ctx, { path: 'monitor/system/ha-peer', scope }),
  );
  return membersOf(loads, bySerial(sums), bySerial(peers));
}

type BySerial = ReadonlyMap<string, Fields>;

function bySerial(envelope: Envelope | undefined): BySerial {
  const members = new Map<string, Fields>();
  for (const item of listedResults(envelope?.results)) {
    const serial = textOf(item['serial_no']);
    if (serial !== null) members.set(serial, item);
  }
  return members;
}

function membersOf(loads: BySerial, sums: BySerial, peers: BySerial): Member[] {
  const serials = [...new Set([...loads.keys(), ...sums.keys(), ...peers.keys()])];
  const leads = new Map(serials.map((serial) => [serial, isPrimary(sums.get(serial), peers.get(serial))]));
  const primary = serials.find((serial) => leads.get(serial) === true);
  const wanted = primary === undefined ? null : checksumOf(sums.get(primary));
  return serials.map((serial) => {
    const load = loads.get(serial) ?? {};
    const peer = peers.get(serial);
    const sum = checksumOf(sums.get(serial));
    return {
      serial,
      hostname: textOf(firstOf(load['hostname'], peer?.['hostname'])),
      role: roleOf(leads.get(serial) ?? null, primary),
      priority: integerOf(peer?.['priority']),
      cpu: numberOf(load['cpu_usage']),
      mem: numberOf(load['mem_usage']),
      sessions: integerOf(load['sessions']),
      inSync: wanted === null || sum === null ? null : sum === wanted,
      uptime: integerOf(load['tnow']),
      answers: loads.has(serial),
    };
  });
}

/** Named master until 7.0, primary since, both in between; a secondary may leave them out. */
function isPrimary(sum: Fields | undefined, peer: Fields | undefined): boolean | null {
  const told = [
    firstOf(peer?.['primary'], peer?.['master']),
    firstOf(sum?.['is_manage_primary'], sum?.['is_manage_master']),
    firstOf(sum?.['is_root_primary'], sum?.['is_root_master']),
  ];
  return flagOf(firstOf(...told));
}

function roleOf(leads: boolean | null, primary: string | undefined): string | null {
  if (leads === true) return 'primary';
  return leads === false || primary !== undefined ? 'secondary' : null;
}

function checksumOf(member: Fields | undefined): string | null {
  return textOf(fieldsOf(member?.['checksum'])?.['all']);
}
