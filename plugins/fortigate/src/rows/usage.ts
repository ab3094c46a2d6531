import type { Read } from '../call.ts';
import { fieldsOf, numberOf, type Fields } from '../cells.ts';
import type { Ctx } from '../config.ts';
import { ask, readOptional, readRequired } from '../device.ts';
import type { Envelope } from '../envelope.ts';
import { deviceScope } from '../vdom.ts';

/** `scope=global` is the whole device; a device or token that refuses it is asked without. */
export async function readUsage(
  ctx: Ctx,
  vdom: string,
  interval: string,
  { optional = false } = {},
): Promise<Envelope | undefined> {
  const read: Read = { path: 'monitor/system/resource/usage', scope: deviceScope(ctx, vdom), params: { interval } };
  if (vdom === '*') {
    const answer = await ask(ctx, { ...read, scope: null, params: { interval, scope: 'global' } });
    if (answer.here) return answer.envelopes[0];
    ctx.log.info('the device refuses scope=global', { path: read.path, status: answer.status });
  }
  return (await (optional ? readOptional(ctx, read) : readRequired(ctx, read)))[0];
}

/** One resource. `cpu` has an entry for each core too; the first is their average. */
export function resourceOf(results: Fields, resource: string): Fields | null {
  const entries = results[resource];
  return fieldsOf(Array.isArray(entries) ? entries[0] : entries);
}

/** How loaded the whole device is now. */
export async function currentUsage(ctx: Ctx) {
  const envelope = await readUsage(ctx, '*', '1-min', { optional: true });
  const results = fieldsOf(envelope?.results) ?? {};
  const current = (resource: string): number | null => numberOf(resourceOf(results, resource)?.['current']);
  return {
    cpu: current('cpu'),
    mem: current('mem'),
    disk: current('disk'),
    sessions: current('session'),
    setupRate: current('setuprate'),
  };
}
