import type { Group } from './endpoints.ts';

/** What can be made to go wrong. `403-vpn` and its like: the accprofile lacks the group. */
export const FAULTS = [
  'down',
  'hang',
  'slow',
  '401',
  '429',
  '500',
  'html',
  'truncated',
  'error-status',
  '403-sys',
  '403-net',
  '403-fw',
  '403-vpn',
  '403-log',
  '404-sdwan',
  '424-log',
] as const;
export type Fault = (typeof FAULTS)[number];

export function parseFault(name: string): Fault {
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined) throw new Error(`unknown fault "${name}"; there are ${FAULTS.join(', ')}`);
  return fault;
}

/** The status that the faults give an endpoint, if any. */
export function endpointFault(faults: ReadonlySet<Fault>, path: string, group: Group): 403 | 404 | 424 | undefined {
  if (group !== 'any' && faults.has(`403-${group}`)) return 403;
  if (path.startsWith('monitor/virtual-wan/') && faults.has('404-sdwan')) return 404;
  if (group === 'log' && faults.has('424-log')) return 424;
  return undefined;
}
