import { fieldsOf, numberOf, timeOf, type Fields } from '../cells.ts';
import { oneVdomParam, query } from '../config.ts';
import { readUsage, resourceOf } from '../rows/usage.ts';

const INTERVALS = ['1-min', '10-min', '30-min', '1-hour', '12-hour', '24-hour'] as const;

export const resourceUsage = query({
  title: 'CPU, memory, sessions',
  description: 'Twenty points over the interval, oldest first; of the whole device, or of one VDOM.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { vdom: oneVdomParam, interval: { enum: INTERVALS, default: '1-hour', title: 'Interval' } },
  },
  columns: {
    ts: { type: 'datetime', label: 'Time' },
    cpu: { type: 'number', unit: '%', label: 'CPU' },
    mem: { type: 'number', unit: '%', label: 'Memory' },
    disk: { type: 'number', unit: '%', label: 'Disk' },
    sessions: { type: 'number', label: 'IPv4 sessions' },
    setupRate: { type: 'number', unit: '/s', label: 'New IPv4 sessions' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const envelope = await readUsage(ctx, params.vdom, params.interval);
    if (envelope !== undefined) yield points(fieldsOf(envelope.results) ?? {}, params.interval);
  },
});

type Point = readonly [ms: number, value: number];

function series(results: Fields, resource: string, interval: string): readonly Point[] {
  const history = resourceOf(results, resource)?.['historical'];
  const values = fieldsOf(fieldsOf(history)?.[interval])?.['values'];
  if (!Array.isArray(values)) return [];
  const list: Point[] = [];
  for (const value of values) {
    const [ms, reading] = Array.isArray(value) ? [numberOf(value[0]), numberOf(value[1])] : [null, null];
    if (ms !== null && reading !== null) list.push([ms, reading]);
  }
  return list.sort((a, b) => a[0] - b[0]);
}

/** The resources are sampled a few seconds apart: each point of the first gets the others' nearest, within half a step. */
function points(results: Fields, interval: string): { ts: string | null }[] {
  const all = {
    cpu: series(results, 'cpu', interval),
    mem: series(results, 'mem', interval),
    disk: series(results, 'disk', interval),
    sessions: series(results, 'session', interval),
    setupRate: series(results, 'setuprate', interval),
  };
  const leading = Object.values(all).find((list) => list.length > 0) ?? [];
  const [oldest, newest] = [leading[0], leading.at(-1)];
  if (oldest === undefined || newest === undefined) return [];
  const reach = leading.length > 1 ? (newest[0] - oldest[0]) / (leading.length - 1) / 2 : Infinity;
  return leading.map(([ms]) => ({
    ts: timeOf(ms / 1000),
    cpu: nearest(all.cpu, ms, reach),
    mem: nearest(all.mem, ms, reach),
    disk: nearest(all.disk, ms, reach),
    sessions: nearest(all.sessions, ms, reach),
    setupRate: nearest(all.setupRate, ms, reach),
  }));
}

function nearest(list: readonly Point[], ms: number, reach: number): number | null {
  let best: Point | undefined;
  for (const point of list) {
    if (best === undefined || Math.abs(point[0] - ms) < Math.abs(best[0] - ms)) best = point;
  }
  return best !== undefined && Math.abs(best[0] - ms) <= reach ? best[1] : null;
}
