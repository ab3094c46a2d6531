import { inBatches } from '../batches.ts';
import { numberOf, textOf, type Fields } from '../cells.ts';
import { query, vdomParam } from '../config.ts';
import { both, readOptional, readRequired } from '../device.ts';
import { namedResults, type Envelope } from '../envelope.ts';
import { vdomScope } from '../vdom.ts';

export const sdwanHealth = query({
  title: 'SD-WAN and link health',
  description: 'SD-WAN health checks and link monitors, one row for each interface they watch.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    check: { type: 'string', label: 'Check' },
    interface: { type: 'string', label: 'Interface' },
    status: { type: 'string', label: 'Status' },
    latency: { type: 'number', unit: 'ms', label: 'Latency' },
    jitter: { type: 'number', unit: 'ms', label: 'Jitter' },
    loss: { type: 'number', unit: '%', label: 'Packet loss' },
    // Whether these are bits or kilobits is not documented: they are the device's own numbers.
    rx: { type: 'number', unit: 'bps', label: 'Receiving, as the device says' },
    tx: { type: 'number', unit: 'bps', label: 'Sending, as the device says' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const scope = vdomScope(ctx, params.vdom);
    const [checks, monitors] = await both(
      () => readRequired(ctx, { path: 'monitor/virtual-wan/health-check', scope }),
      () => readOptional(ctx, { path: 'monitor/system/link-monitor', scope }),
    );
    yield* inBatches([...checks, ...monitors].flatMap(linkRows));
  },
});

/** Results are a map of interfaces below each check; in some versions a link monitor's values stand right below its name. */
function linkRows({ vdom, results }: Envelope) {
  return namedResults(results).flatMap(([check, item]) => {
    if (isReading(item)) return [linkRow(vdom, check, textOf(item['interface']), item)];
    return namedResults(item).map(([name, reading]) => linkRow(vdom, check, name, reading));
  });
}

function isReading(item: Fields): boolean {
  return typeof item['status'] === 'string' || numberOf(item['latency']) !== null;
}

function linkRow(vdom: string | null, check: string, name: string | null, reading: Fields) {
  return {
    vdom,
    check,
    interface: name,
    status: textOf(reading['status']),
    latency: numberOf(reading['latency']),
    jitter: numberOf(reading['jitter']),
    loss: numberOf(reading['packet_loss']),
    rx: numberOf(reading['rx_bandwidth']),
    tx: numberOf(reading['tx_bandwidth']),
  };
}
