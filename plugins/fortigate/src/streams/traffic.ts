// Interface counters as samples. The sample before is in the cursor, which is committed with the rows: a run that is lost leaves
// both as they were, so the next one counts its time too, once.
import { checkpoint, upsert } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import { integerOf, numberOf } from '../cells.ts';
import { stream } from '../config.ts';
import { readRequired } from '../device.ts';
import { interfaceRead, portsOf } from '../rows/interfaces.ts';
import { vdomScope } from '../vdom.ts';
import { deltaOf, packSamples, parseSamples, type Sample } from './samples.ts';

export const traffic = stream({
  title: 'Interface traffic',
  description:
    'Counters of every interface, and what was added since the sample before. `reset`: the counters had started anew, so what is added is what they show. After a failover they are those of another device: nothing is known to be added.',
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    name: { type: 'string', label: 'Interface' },
    ts: { type: 'datetime', label: 'Time' },
    seconds: { type: 'number', unit: 's', label: 'Since the sample before' },
    rx: { type: 'number', unit: 'bytes', label: 'Received in all' },
    tx: { type: 'number', unit: 'bytes', label: 'Sent in all' },
    rxDelta: { type: 'number', unit: 'bytes', label: 'Received' },
    txDelta: { type: 'number', unit: 'bytes', label: 'Sent' },
    rxErrors: { type: 'integer', label: 'Receive errors in all' },
    txErrors: { type: 'integer', label: 'Send errors in all' },
    reset: { type: 'boolean', label: 'Counters started anew' },
  },
  primaryKey: ['vdom', 'name', 'ts'],
  deletion: 'never',
  every: '5m',
  retain: '30d',
  async *read(ctx, cursor) {
    const envelopes = await readRequired(ctx, interfaceRead(vdomScope(ctx, '*')));
    if (envelopes.length === 0) return;
    const before = parseSamples(cursor);
    // A clock that was set back must not write over an earlier sample.
    const at = Math.max(ctx.now().getTime(), before.at + 1);
    const serial = envelopes.map((envelope) => envelope.serial).find((serial) => serial !== null) ?? null;
    const sameDevice = serial === null || before.serial === null || serial === before.serial;
    // An interface that is not in this answer keeps its sample, unless that is another device's.
    const samples = new Map<string, Sample>(sameDevice ? before.samples : []);
    const rows = envelopes.flatMap(portsOf).map(({ vdom, name, item }) => {
      const [rx, tx] = [numberOf(item['rx_bytes']), numberOf(item['tx_bytes'])];
      const key = JSON.stringify([vdom, name]);
      const delta = deltaOf(before.samples.get(key), { at, rx, tx }, sameDevice);
      if (rx !== null && tx !== null) samples.set(key, { at, rx, tx });
      const errors = { rxErrors: integerOf(item['rx_errors']), txErrors: integerOf(item['tx_errors']) };
      return { vdom, name, ts: new Date(at), rx, tx, ...errors, ...delta };
    });
    for (const batch of inBatches(rows)) yield upsert(batch);
    const { packed, left } = packSamples({ at, serial: serial ?? before.serial, samples });
    if (left > 0) ctx.log.warn('too many interfaces: the quietest have no deltas', { interfaces: left });
    yield checkpoint(packed);
  },
});
