// The device calls when something happens, and is asked what is true now: a message may be late, doubled or half of the truth.
import { change, remove, sharedSecret, upsert, type RouteChange } from '@jackfield/sdk';
import { route, VDOM_NAME, type Ctx } from '../config.ts';
import { readRequired } from '../device.ts';
import { parseEvent, type Event, type Topic } from '../event.ts';
import { interfaceRead, interfaceRow, portsOf } from '../rows/interfaces.ts';
import { readMembers } from '../rows/members.ts';
import { policyRead, policyRows } from '../rows/policies.ts';
import { tunnelRows } from '../rows/tunnels.ts';
import { memberRow } from '../streams/ha.ts';
import { isAll } from '../streams/interfaces.ts';
import { deviceScope, vdomScope } from '../vdom.ts';

export const automation = route({
  title: 'Automation webhook',
  description:
    'For automation stitches: an interface, tunnel, member or policy that has changed is read again at once.',
  method: 'POST',
  path: '/automation',
  verify: [sharedSecret({ in: 'header', name: 'x-jackfield-secret', secret: 'webhookSecret' })],
  // A stitch may well send the same body again when the same thing happens again: a link that flaps. The device never repeats a
  // call that failed, so all that this keeps out is a copy that somebody sends in a loop, and that would only cause reads.
  replay: '5s',
  streams: ['interfaces', 'policies', 'vpn_tunnels', 'ha'],
  async handle(ctx, request) {
    const event = parseEvent(request.body);
    if (event === null) return { status: 400, json: { error: 'the body is neither JSON nor a log line' } };
    const scope = scopeOf(ctx, event);
    if (scope === null)
      return { json: { refreshed: [], reason: `this instance does not read the VDOM ${event.vdom}` } };
    const changes: RouteChange[] = [];
    for (const topic of event.topics) changes.push(...(await READERS[topic](ctx, scope, event)));
    const reason = event.topics.length === 0 ? { reason: 'nothing that is synced' } : {};
    return { json: { refreshed: event.topics, ...reason }, changes };
  },
});

/** The VDOM of the event if it names one, else all of the instance's; null for one that the instance does not read. */
function scopeOf(ctx: Ctx, { vdom }: Event): string | null {
  if (vdom === null || !VDOM_NAME.test(vdom)) return vdomScope(ctx, '*');
  return ctx.config.vdoms?.includes(vdom) === false ? null : vdom;
}

type Reader = (ctx: Ctx, scope: string, event: Event) => Promise<RouteChange[]>;

const READERS: Readonly<Record<Topic, Reader>> = {
  async interfaces(ctx, scope, { vdom, deletedInterface: name }) {
    const envelopes = await readRequired(ctx, interfaceRead(scope));
    const ports = envelopes.flatMap(portsOf);
    const changes = [change('interfaces', upsert(ports.map(interfaceRow)))];
    const isGone = envelopes.length > 0 && envelopes.every(isAll) && !ports.some((port) => port.name === name);
    if (name !== null && vdom !== null && isGone) {
      changes.push(change('interfaces', remove([{ vdom, name }], 'deleted from the configuration')));
    }
    return changes;
  },
  async policies(ctx, scope) {
    const envelopes = await readRequired(ctx, policyRead(scope));
    return [change('policies', upsert(envelopes.flatMap(policyRows)))];
  },
  async vpn_tunnels(ctx, scope) {
    const envelopes = await readRequired(ctx, { path: 'monitor/vpn/ipsec', scope });
    const now = ctx.now();
    return [change('vpn_tunnels', upsert(envelopes.flatMap((envelope) => tunnelRows(envelope, now))))];
  },
  async ha(ctx) {
    const members = (await readMembers(ctx, deviceScope(ctx))) ?? [];
    // When a silent member was last seen is for the stream to say, which remembers.
    const present = members.filter(({ answers }) => answers);
    return [change('ha', upsert(present.map((member) => memberRow(member, ctx.now().getTime()))))];
  },
};
