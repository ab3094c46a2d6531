import { checkpoint, complete, upsert, type Cursor } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import { fieldsOf, numberOf, textOf } from '../cells.ts';
import { stream } from '../config.ts';
import { readWithRefusals } from '../device.ts';
import { isWhole, vdomOf } from '../envelope.ts';
import { policyColumns, policyRead, policyRows } from '../rows/policies.ts';
import { vdomScope } from '../vdom.ts';
import { cursorFields, parseVdoms, watchVdoms } from './vdoms.ts';

/** A VDOM whose revision stands still is told again after so long, should a row have been lost on the way. */
const AGAIN_MS = 24 * 3_600_000;

interface Revision {
  readonly revision: string;
  /** When the VDOM was last told in full. */
  readonly at: number;
}

export const policies = stream({
  title: 'Policies',
  description:
    'The firewall policies as configured. A policy keeps its row when it is renumbered, for it keeps its UUID.',
  columns: policyColumns,
  primaryKey: ['vdom', 'uuid'],
  deletion: 'absence',
  every: '5m',
  async *read(ctx, cursor) {
    const answer = await readWithRefusals(ctx, policyRead(vdomScope(ctx, '*')));
    if (!answer.here) return;
    const now = ctx.now().getTime();
    const revisions = parseRevisions(cursor);
    for (const envelope of answer.envelopes) {
      const vdom = vdomOf(envelope);
      const known = revisions.get(vdom);
      if (known?.revision === envelope.revision && now - known.at < AGAIN_MS) continue;
      for (const batch of inBatches(policyRows(envelope))) yield upsert(batch);
      revisions.delete(vdom);
      if (!isWhole(envelope, 'policyid')) {
        ctx.log.warn('a reduced answer deletes no policies', { vdom });
        continue;
      }
      yield complete({ vdom });
      if (envelope.revision !== null) revisions.set(vdom, { revision: envelope.revision, at: now });
    }
    const { vdoms, removed } = await watchVdoms(ctx, parseVdoms(cursor), answer);
    for (const vdom of removed) {
      revisions.delete(vdom);
      yield complete({ vdom });
    }
    yield checkpoint({ vdoms: vdoms.names, used: vdoms.used, revisions: packRevisions(revisions) });
  },
});

function packRevisions(revisions: ReadonlyMap<string, Revision>): Cursor {
  return Object.fromEntries([...revisions].map(([vdom, revision]) => [vdom, { ...revision }]));
}

function parseRevisions(cursor: Cursor): Map<string, Revision> {
  const revisions = new Map<string, Revision>();
  for (const [vdom, entry] of Object.entries(fieldsOf(cursorFields(cursor)['revisions']) ?? {})) {
    const [revision, at] = [textOf(fieldsOf(entry)?.['revision']), numberOf(fieldsOf(entry)?.['at'])];
    if (revision !== null && at !== null) revisions.set(vdom, { revision, at });
  }
  return revisions;
}
