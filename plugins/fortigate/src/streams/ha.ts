import { checkpoint, upsert, type Cursor } from '@jackfield/sdk';
import { fieldsOf, numberOf, textOf, type Fields } from '../cells.ts';
import { stream } from '../config.ts';
import { readMembers, type Member } from '../rows/members.ts';
import { deviceScope } from '../vdom.ts';
import { cursorFields } from './vdoms.ts';

/** More members than a cluster can have, so that replaced devices do not fill the cursor. */
const REMEMBERED = 20;

export const haColumns = {
  serial: { type: 'string', label: 'Serial number' },
  hostname: { type: 'string', label: 'Host name' },
  state: { type: 'string', label: 'State' },
  role: { type: 'string', label: 'Role' },
  priority: { type: 'integer', label: 'Priority' },
  cpu: { type: 'number', unit: '%', label: 'CPU' },
  mem: { type: 'number', unit: '%', label: 'Memory' },
  sessions: { type: 'integer', label: 'Sessions' },
  inSync: { type: 'boolean', label: 'In sync' },
  uptime: { type: 'integer', unit: 's', label: 'Uptime' },
  lastSeen: { type: 'datetime', label: 'Last seen' },
} as const;

export const ha = stream({
  title: 'HA members',
  description: 'The members of the cluster. One that no longer answers stays, with the state `missing`.',
  columns: haColumns,
  primaryKey: ['serial'],
  deletion: 'explicit',
  every: '5m',
  async *read(ctx, cursor) {
    const members = await readMembers(ctx, deviceScope(ctx));
    if (members === null) return;
    const now = ctx.now();
    const known = parseKnown(cursor);
    for (const { serial, hostname, priority, answers } of members) {
      const lastSeen = answers ? now.getTime() : (known.get(serial)?.lastSeen ?? null);
      known.set(serial, { hostname, priority, lastSeen });
    }
    const told = new Set(members.map(({ serial }) => serial));
    const absent = [...known].filter(([serial]) => !told.has(serial)).map(([serial, last]) => missingRow(serial, last));
    const rows = members.map((member) => memberRow(member, known.get(member.serial)?.lastSeen ?? null));
    yield upsert([...rows, ...absent]);
    yield checkpoint({ members: packKnown(known) });
  },
});

export function memberRow({ answers, ...member }: Member, lastSeen: number | null) {
  return {
    ...member,
    role: answers ? member.role : null,
    state: answers ? 'present' : 'missing',
    lastSeen: lastSeen === null ? null : new Date(lastSeen),
  };
}

interface Known {
  readonly hostname: string | null;
  readonly priority: number | null;
  readonly lastSeen: number | null;
}

function missingRow(serial: string, { hostname, priority, lastSeen }: Known) {
  const nothing = { role: null, cpu: null, mem: null, sessions: null, inSync: null, uptime: null };
  const seen = lastSeen === null ? null : new Date(lastSeen);
  return { serial, hostname, priority, ...nothing, state: 'missing', lastSeen: seen };
}

function parseKnown(cursor: Cursor): Map<string, Known> {
  const members: Fields = fieldsOf(cursorFields(cursor)['members']) ?? {};
  return new Map(
    Object.entries(members).map(([serial, value]) => {
      const fields = fieldsOf(value) ?? {};
      const { hostname, priority, lastSeen } = fields;
      return [serial, { hostname: textOf(hostname), priority: numberOf(priority), lastSeen: numberOf(lastSeen) }];
    }),
  );
}

function packKnown(known: ReadonlyMap<string, Known>): Cursor {
  const newest = [...known].sort(([, a], [, b]) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0)).slice(0, REMEMBERED);
  return Object.fromEntries(newest.map(([serial, value]) => [serial, { ...value }]));
}
