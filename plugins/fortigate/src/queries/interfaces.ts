import { addressOf, flagOf, integerOf, numberOf, textOf } from '../cells.ts';
import { httpQuery, vdomParam } from '../config.ts';
import { readRequired } from '../device.ts';
import { interfaceRead } from '../rows/interfaces.ts';
import { vdomScope } from '../vdom.ts';

export const interfaces = httpQuery({
  title: 'Interface state and counters',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  answers: (ctx, params) => readRequired(ctx, interfaceRead(vdomScope(ctx, params.vdom))),
  rows: '*.results.*',
  columns: {
    vdom: { type: 'string', label: 'VDOM', at: '^.vdom' },
    name: { type: 'string', label: 'Interface', at: ['name', '@key'], read: textOf },
    alias: { type: 'string', label: 'Alias', read: textOf },
    ip: { type: 'string', label: 'IP address', read: addressOf },
    link: { type: 'boolean', label: 'Link', read: flagOf },
    speed: { type: 'number', unit: 'Mbps', label: 'Speed', read: numberOf },
    rx: { type: 'number', unit: 'bytes', label: 'Received', at: 'rx_bytes', read: numberOf },
    tx: { type: 'number', unit: 'bytes', label: 'Sent', at: 'tx_bytes', read: numberOf },
    rxErrors: { type: 'integer', label: 'Receive errors', at: 'rx_errors', read: integerOf },
    txErrors: { type: 'integer', label: 'Send errors', at: 'tx_errors', read: integerOf },
  },
  where: ({ name }) => name !== null,
  unique: ['vdom', 'name'],
  cache: '30s',
});
