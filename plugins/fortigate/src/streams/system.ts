// The device as one row. That it cannot be reached is a state of it, told in the row and by the failure of the run.
import { checkpoint, isVendorError, upsert, type Cursor } from '@jackfield/sdk';
import { fieldsOf, integerOf, numberOf, textOf } from '../cells.ts';
import { stream, type Ctx } from '../config.ts';
import { both, readOptional } from '../device.ts';
import type { Envelope } from '../envelope.ts';
import { currentUsage } from '../rows/usage.ts';
import { askStatus, identityOf } from '../sign-in.ts';
import { deviceScope } from '../vdom.ts';
import { cursorFields } from './vdoms.ts';

/** Serial numbers that are remembered: a failover and back adds two. */
const SERIALS = 20;

export const system = stream({
  title: 'Device',
  description:
    'What the device says of itself and how loaded it is; when it does not answer, its last words and the state. The serial number is that of the current primary: earlier ones are in the history.',
  columns: {
    device: { type: 'string', label: 'Device' },
    state: { type: 'string', label: 'State' },
    stateSince: { type: 'datetime', label: 'State since' },
    lastSeen: { type: 'datetime', label: 'Last seen' },
    hostname: { type: 'string', label: 'Host name' },
    model: { type: 'string', label: 'Model' },
    serial: { type: 'string', label: 'Serial number' },
    serialHistory: { type: 'json', label: 'Serial numbers so far' },
    version: { type: 'string', label: 'FortiOS' },
    build: { type: 'integer', label: 'Build' },
    logDisk: { type: 'string', label: 'Log disk' },
    cpu: { type: 'number', unit: '%', label: 'CPU' },
    mem: { type: 'number', unit: '%', label: 'Memory' },
    disk: { type: 'number', unit: '%', label: 'Disk' },
    sessions: { type: 'number', label: 'IPv4 sessions' },
    setupRate: { type: 'number', unit: '/s', label: 'New IPv4 sessions' },
    clockOffset: { type: 'number', unit: 's', label: 'Clock ahead of the host' },
  },
  // The instance is the device: its serial number changes at a failover and when it is replaced.
  primaryKey: ['device'],
  deletion: 'explicit',
  every: '5m',
  async *read(ctx, cursor) {
    const device = ctx.instance.id;
    const before = parseRemembered(cursor);
    try {
      const told = await readDevice(ctx);
      const now = ctx.now().getTime();
      const next = remember(before, told, now);
      yield upsert([{ device, ...told, ...stateOf(next), serialHistory: next.serials }]);
      yield checkpoint(pack(next));
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      const state = stateFor(error);
      const since = before.state === state ? before.stateSince : ctx.now().getTime();
      const next = { ...before, state, stateSince: since };
      yield upsert([{ device, ...before.told, ...stateOf(next), serialHistory: next.serials }]);
      yield checkpoint(pack(next));
      throw error;
    }
  },
});

async function readDevice(ctx: Ctx) {
  const status = await askStatus(ctx);
  const [usage, [time]] = await both(
    () => currentUsage(ctx),
    () => readOptional(ctx, { path: 'monitor/system/time', scope: deviceScope(ctx) }),
  );
  return { ...inventoryOf(status), ...usage, clockOffset: offsetOf(time, ctx.now().getTime()) };
}

function inventoryOf(status: Envelope) {
  return {
    ...identityOf(status),
    serial: status.serial,
    version: status.version,
    build: integerOf(status.build),
    logDisk: textOf(fieldsOf(status.results)?.['log_disk_status']),
  };
}

/** The device tells whole seconds. */
function offsetOf(time: Envelope | undefined, nowMs: number): number | null {
  const seconds = numberOf(fieldsOf(time?.results)?.['time']);
  return seconds === null ? null : seconds - Math.floor(nowMs / 1000);
}

type Inventory = ReturnType<typeof inventoryOf>;

interface Remembered {
  /** What it last said that stays true while it is silent. */
  readonly told: Partial<Inventory>;
  readonly state: string | null;
  readonly stateSince: number | null;
  readonly lastSeen: number | null;
  readonly serials: readonly { readonly serial: string; readonly since: string }[];
}

function remember(before: Remembered, told: Inventory, now: number): Remembered {
  const { hostname, model, serial, version, build, logDisk } = told;
  const since = new Date(now).toISOString();
  const isNew = serial !== null && serial !== before.serials.at(-1)?.serial;
  return {
    told: { hostname, model, serial, version, build, logDisk },
    state: 'up',
    stateSince: before.state === 'up' ? before.stateSince : now,
    lastSeen: now,
    serials: isNew ? [...before.serials, { serial, since }].slice(-SERIALS) : before.serials,
  };
}

function stateOf({ state, stateSince, lastSeen }: Remembered) {
  const time = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  return { state, stateSince: time(stateSince), lastSeen: time(lastSeen) };
}

function stateFor(error: unknown): string {
  if (!isVendorError(error)) return 'unreachable';
  switch (error.code) {
    case 'auth_failed':
      return 'auth_failed';
    case 'rate_limited':
      return 'locked_out';
    case 'permission_denied':
      return 'no_permission';
    default:
      return 'failing';
  }
}

function pack({ told, state, stateSince, lastSeen, serials }: Remembered): Cursor {
  return { told: { ...told }, state, stateSince, lastSeen, serials: serials.map((entry) => ({ ...entry })) };
}

function parseRemembered(cursor: Cursor): Remembered {
  const fields = cursorFields(cursor);
  const told = fieldsOf(fields['told']) ?? {};
  const serials = Array.isArray(fields['serials']) ? fields['serials'] : [];
  return {
    told: {
      hostname: textOf(told['hostname']),
      model: textOf(told['model']),
      serial: textOf(told['serial']),
      version: textOf(told['version']),
      build: integerOf(told['build']),
      logDisk: textOf(told['logDisk']),
    },
    state: textOf(fields['state']),
    stateSince: numberOf(fields['stateSince']),
    lastSeen: numberOf(fields['lastSeen']),
    serials: serials.flatMap((entry: unknown) => {
      const [serial, since] = [textOf(fieldsOf(entry)?.['serial']), textOf(fieldsOf(entry)?.['since'])];
      return serial === null || since === null ? [] : [{ serial, since }];
    }),
  };
}
