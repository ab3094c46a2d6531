import { addressOf, flagOf, integerOf, numberOf, textOf, type Fields } from '../cells.ts';
import { namedResults, vdomOf, type Envelope } from '../envelope.ts';
import type { Scope } from '../vdom.ts';
import type { Read } from '../call.ts';

export function interfaceRead(scope: Scope): Read {
  return {
    path: 'monitor/system/interface',
    scope,
    params: { include_vlan: 'true', include_aggregate: 'true' },
  };
}

export interface Port {
  readonly vdom: string;
  readonly name: string;
  readonly item: Fields;
}

/** The interfaces of a VDOM; of two with one name, the first. */
export function portsOf(envelope: Envelope): Port[] {
  const vdom = vdomOf(envelope);
  const ports = new Map<string, Port>();
  for (const [key, item] of namedResults(envelope.results)) {
    const name = textOf(item['name']) ?? key;
    if (!ports.has(name)) ports.set(name, { vdom, name, item });
  }
  return [...ports.values()];
}

export const interfaceColumns = {
  vdom: { type: 'string', label: 'VDOM' },
  name: { type: 'string', label: 'Interface' },
  alias: { type: 'string', label: 'Alias' },
  ip: { type: 'string', label: 'IP address' },
  mask: { type: 'integer', unit: 'bits', label: 'Prefix length' },
  mac: { type: 'string', label: 'MAC address' },
  link: { type: 'boolean', label: 'Link' },
  speed: { type: 'number', unit: 'Mbps', label: 'Speed' },
  duplex: { type: 'string', label: 'Duplex' },
  vlan: { type: 'integer', label: 'VLAN' },
  parent: { type: 'string', label: 'On interface' },
} as const;

export function interfaceRow({ vdom, name, item }: Port) {
  const fullDuplex = flagOf(item['duplex']);
  const link = flagOf(item['link']);
  return {
    vdom,
    name,
    alias: textOf(item['alias']),
    ip: addressOf(item['ip']),
    mask: integerOf(item['mask']),
    mac: textOf(item['mac']),
    link,
    speed: numberOf(item['speed']),
    duplex: link !== true || fullDuplex === null ? null : fullDuplex ? 'full' : 'half',
    vlan: integerOf(item['vlanid']),
    parent: textOf(item['interface']),
  };
}
