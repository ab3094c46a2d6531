import { inBatches } from '../batches.ts';
import { addressOf, flagOf, integerOf, numberOf, textOf } from '../cells.ts';
import { query, vdomParam } from '../config.ts';
import { readRequired } from '../device.ts';
import { interfaceRead, portsOf } from '../rows/interfaces.ts';
import { vdomScope } from '../vdom.ts';

export const interfaces = query({
  title: 'Interface state and counters',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    name: { type: 'string', label: 'Interface' },
    alias: { type: 'string', label: 'Alias' },
    ip: { type: 'string', label: 'IP address' },
    link: { type: 'boolean', label: 'Link' },
    speed: { type: 'number', unit: 'Mbps', label: 'Speed' },
    rx: { type: 'number', unit: 'bytes', label: 'Received' },
    tx: { type: 'number', unit: 'bytes', label: 'Sent' },
    rxErrors: { type: 'integer', label: 'Receive errors' },
    txErrors: { type: 'integer', label: 'Send errors' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    for (const envelope of await readRequired(ctx, interfaceRead(vdomScope(ctx, params.vdom)))) {
      const rows = portsOf(envelope).map(({ name, item }) => ({
        vdom: envelope.vdom,
        name,
        alias: textOf(item['alias']),
        ip: addressOf(item['ip']),
        link: flagOf(item['link']),
        speed: numberOf(item['speed']),
        rx: numberOf(item['rx_bytes']),
        tx: numberOf(item['tx_bytes']),
        rxErrors: integerOf(item['rx_errors']),
        txErrors: integerOf(item['tx_errors']),
      }));
      yield* inBatches(rows);
    }
  },
});
