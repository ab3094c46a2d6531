import { integerOf, numberOf, textOf } from '../cells.ts';
import { vdomOf, type Envelope } from '../envelope.ts';
import { tunnelsOf, type Tunnel } from '../tunnels.ts';

/** `template`: the configured side of a dial-up tunnel, whose peers are rows of their own. */
export type TunnelType = 'static' | 'dialup' | 'template';

export const tunnelColumns = {
  vdom: { type: 'string', label: 'VDOM' },
  name: { type: 'string', label: 'Tunnel' },
  p2name: { type: 'string', label: 'Phase 2' },
  p2serial: { type: 'integer', label: 'Phase 2 number' },
  type: { type: 'string', label: 'Type' },
  status: { type: 'string', label: 'Status' },
  remoteGw: { type: 'string', label: 'Remote gateway' },
  user: { type: 'string', label: 'User' },
  in: { type: 'number', unit: 'bytes', label: 'Received' },
  out: { type: 'number', unit: 'bytes', label: 'Sent' },
  since: { type: 'datetime', label: 'Up since' },
} as const;

/** One row for each phase 2 of a VDOM's tunnels; of two with one key, the first. */
export function tunnelRows(envelope: Envelope, now: Date) {
  const rows = new Map<string, ReturnType<typeof tunnelRow>>();
  for (const tunnel of tunnelsOf(envelope)) {
    for (const [index, item] of (tunnel.phase2.length === 0 ? [null] : tunnel.phase2).entries()) {
      const row = tunnelRow(vdomOf(envelope), tunnel, item, index, now);
      const key = JSON.stringify([row.name, row.p2name, row.p2serial]);
      if (!rows.has(key)) rows.set(key, row);
    }
  }
  return [...rows.values()];
}

function tunnelRow(vdom: string, tunnel: Tunnel, item: Tunnel['phase2'][number] | null, index: number, now: Date) {
  const { name, remoteGw, user, age } = tunnel;
  const status = textOf(item?.['status']);
  return {
    vdom,
    name,
    // Empty and 0 for a tunnel without a phase 2; the number tells two of one name apart.
    p2name: textOf(item?.['p2name']) ?? '',
    p2serial: item === null ? 0 : (integerOf(item['p2serial']) ?? index + 1),
    type: typeOf(tunnel),
    status,
    remoteGw,
    user,
    in: item === null ? tunnel.inBytes : numberOf(item['incoming_bytes']),
    out: item === null ? tunnel.outBytes : numberOf(item['outgoing_bytes']),
    since: status === 'up' && age !== null && age >= 0 ? new Date(now.getTime() - age * 1000) : null,
  };
}

/** The configured side of a dial-up tunnel has no peer's address. */
function typeOf({ dialUp, typed, remoteGw }: Tunnel): TunnelType {
  if (!dialUp && typed) return 'static';
  return dialUp && remoteGw !== null ? 'dialup' : 'template';
}
