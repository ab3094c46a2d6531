import { fieldsOf, firstOf, flagOf, integerOf, numberOf, textOf, type Fields } from '../cells.ts';
import { oneVdomParam, query } from '../config.ts';
import { both, readOptional, readRequired } from '../device.ts';
import { listedResults, type Envelope } from '../envelope.ts';
import { deviceScope } from '../vdom.ts';

export const haStatus = query({
  title: 'HA members',
  description:
    'The members of the cluster; none for a device that stands alone. A member that is known but silent has a row too.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: oneVdomParam } },
  columns: {
    hostname: { type: 'string', label: 'Host name' },
    serial: { type: 'string', label: 'Serial number' },
    role: { type: 'string', label: 'Role' },
    cpu: { type: 'number', unit: '%', label: 'CPU' },
    mem: { type: 'number', unit: '%', label: 'Memory' },
    sessions: { type: 'integer', label: 'Sessions' },
    inSync: { type: 'boolean', label: 'In sync' },
    uptime: { type: 'integer', unit: 's', label: 'Uptime' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const scope = deviceScope(ctx, params.vdom);
    const statistics = bySerial(await readRequired(ctx, { path: 'monitor/system/ha-statistics', scope }));
    if (statistics.size === 0) return;
    const [sums, peers] = await both(
      () => readOptional(ctx, { path: 'monitor/system/ha-checksums', scope }),
      () => readOptional(ctx, { path: 'monitor/system/ha-peer', scope }),
    );
    yield memberRows(statistics, bySerial(sums), bySerial(peers));
  },
});

type Members = ReadonlyMap<string, Fields>;

function bySerial([envelope]: readonly Envelope[]): Members {
  const members = new Map<string, Fields>();
  for (const item of listedResults(envelope?.results)) {
    const serial = textOf(item['serial_no']);
    if (serial !== null) members.set(serial, item);
  }
  return members;
}

function memberRows(statistics: Members, sums: Members, peers: Members) {
  const serials = [...new Set([...statistics.keys(), ...sums.keys(), ...peers.keys()])];
  const leads = new Map(serials.map((serial) => [serial, isPrimary(sums.get(serial), peers.get(serial))]));
  const primary = serials.find((serial) => leads.get(serial) === true);
  const wanted = primary === undefined ? null : checksumOf(sums.get(primary));
  return serials.map((serial) => {
    const load = statistics.get(serial) ?? {};
    const sum = checksumOf(sums.get(serial));
    return {
      hostname: textOf(firstOf(load['hostname'], peers.get(serial)?.['hostname'])),
      serial,
      role: roleOf(leads.get(serial) ?? null, primary),
      cpu: numberOf(load['cpu_usage']),
      mem: numberOf(load['mem_usage']),
      sessions: integerOf(load['sessions']),
      inSync: wanted === null || sum === null ? null : sum === wanted,
      uptime: integerOf(load['tnow']),
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
