import type { Group } from './endpoints.ts';

/** What can be made to go wrong, and what of a real device it shows. */
export const FAULTS = {
  down: 'the connection is cut without an answer',
  hang: 'no answer ever',
  slow: 'every answer is late',
  'slow-secondary': 'what the primary asks of the other members is late: the HA endpoints',
  '401': 'the token is refused, with HTML',
  trusthost: "the token is right but its trusthost list lacks the caller's address: 401 with HTML, nothing else tells",
  lockout: 'the source is locked out: 429 with HTML, and each further call makes the lock longer',
  '429': 'every call is answered 429 with HTML',
  '500': 'every endpoint fails inside',
  html: 'the sign-in page with status 200',
  truncated: 'JSON that ends in the middle',
  'error-status': 'status "error" with HTTP 200',
  '403-sys': 'the accprofile lacks sysgrp',
  '403-net': 'the accprofile lacks netgrp',
  '403-fw': 'the accprofile lacks fwgrp',
  '403-vpn': 'the accprofile lacks vpngrp',
  '403-log': 'the accprofile lacks loggrp',
  '404-sdwan': 'a version without virtual-wan/health-check',
  '404-licence': 'a model without license/status',
  '404-ha': 'a model without HA',
  '404-usage': 'a version without resource/usage',
  '424-log': 'log endpoints fail because what they depend on is not set up',
  'no-global': 'scope=global is refused',
  'vdom-hidden': "the last VDOM is not in the api-user's list: no trace of it with *, 403 by name",
  'vdom-403': 'with * the last VDOM has an envelope of its own that says 403',
  reduced: 'a missing right gives 200 with a reduced object instead of an error',
  'string-numbers': 'every number of the results is text',
  'memory-leak': 'each call takes memory and none comes back, as FortiOS 6.2.7 does; out of it, calls are answered 503',
} as const satisfies Record<string, string>;
export type Fault = keyof typeof FAULTS;

export function parseFault(name: string): Fault {
  if (Object.hasOwn(FAULTS, name)) return name as Fault;
  throw new Error(`unknown fault "${name}"; there are ${Object.keys(FAULTS).join(', ')}`);
}

const ABSENT: readonly (readonly [Fault, string])[] = [
  ['404-sdwan', 'monitor/virtual-wan/'],
  ['404-licence', 'monitor/license/'],
  ['404-ha', 'monitor/system/ha-'],
  ['404-usage', 'monitor/system/resource/'],
];

/** The status that the faults give an endpoint, if any. */
export function endpointFault(faults: ReadonlySet<Fault>, path: string, group: Group): 403 | 404 | 424 | undefined {
  if (group !== 'any' && faults.has(`403-${group}`)) return 403;
  if (ABSENT.some(([fault, start]) => faults.has(fault) && path.startsWith(start))) return 404;
  if (group === 'log' && faults.has('424-log')) return 424;
  return undefined;
}
