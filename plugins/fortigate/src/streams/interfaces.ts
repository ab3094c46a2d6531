import { checkpoint, complete, upsert } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import { stream } from '../config.ts';
import { readWithRefusals } from '../device.ts';
import { isWhole, vdomOf, type Envelope } from '../envelope.ts';
import { interfaceColumns, interfaceRead, interfaceRow, portsOf } from '../rows/interfaces.ts';
import { vdomScope } from '../vdom.ts';
import { parseVdoms, watchVdoms } from './vdoms.ts';

export const interfaces = stream({
  title: 'Interfaces',
  description: 'Link, speed and address of every interface, without its counters.',
  columns: interfaceColumns,
  primaryKey: ['vdom', 'name'],
  deletion: 'absence',
  every: '5m',
  async *read(ctx, cursor) {
    const answer = await readWithRefusals(ctx, interfaceRead(vdomScope(ctx, '*')));
    if (!answer.here) return;
    for (const envelope of answer.envelopes) {
      const rows = portsOf(envelope).map(interfaceRow);
      for (const batch of inBatches(rows)) yield upsert(batch);
      if (isAll(envelope)) yield complete({ vdom: vdomOf(envelope) });
      else ctx.log.warn('an answer without interfaces deletes none', { vdom: envelope.vdom });
    }
    const { vdoms, removed } = await watchVdoms(ctx, parseVdoms(cursor), answer);
    for (const vdom of removed) yield complete({ vdom });
    yield checkpoint({ vdoms: vdoms.names, used: vdoms.used });
  },
});

/** A VDOM has interfaces: an answer with none, or with one that has no name, is what a missing right has reduced. */
export function isAll(envelope: Envelope): boolean {
  if (Array.isArray(envelope.results) && !isWhole(envelope, 'name')) return false;
  return portsOf(envelope).length > 0;
}
