// What the REST interface answers to one signed-in GET: envelopes, one or an array of them, and errors in JSON.
import { createHash } from 'node:crypto';
import { findEndpoint } from './endpoints.ts';
import { endpointFault, type Fault } from './faults.ts';
import type { DeviceState, VdomState } from './state.ts';
import { atLeast } from './version.ts';

export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** `path` is below /api/v2/. `now` is in seconds. */
export function answer(
  device: DeviceState,
  faults: ReadonlySet<Fault>,
  path: string,
  query: URLSearchParams,
  now: number,
): Answer {
  const vdom = query.get('vdom');
  const fail = (status: number): Answer => ({ status, body: errorEnvelope(device, path, vdom, status) });
  if (faults.has('500')) return fail(500);
  // This is how an error looks that keeps the status 200.
  if (faults.has('error-status')) return { status: 200, body: errorEnvelope(device, path, vdom, null) };
  const endpoint = findEndpoint(path, device.version, device.model.number);
  if (endpoint === undefined) return fail(404);
  const fault = endpointFault(faults, path, endpoint.group);
  if (fault !== undefined) return fail(fault);
  if (endpoint.dangling === true) return fail(424);
  if (faults.has('no-global') && query.get('scope') === 'global') return fail(403);
  const chosen = chooseVdoms(device, visibleVdoms(device, faults), query);
  if (chosen === null) return fail(403);
  const envelopes = chosen.vdoms.map((one) => {
    const results = spoil(endpoint.results({ device, vdom: one, query, now }), faults, path);
    return envelope(device, path, one.name, results);
  });
  if (!chosen.many) return { status: 200, body: envelopes[0] ?? {} };
  const last = chosen.vdoms.at(-1);
  if (faults.has('vdom-403') && last !== undefined) {
    envelopes.splice(-1, 1, errorEnvelope(device, path, last.name, 403));
  }
  return { status: 200, body: envelopes };
}

function visibleVdoms(device: DeviceState, faults: ReadonlySet<Fault>): VdomState[] {
  const last = faults.has('vdom-hidden') ? device.vdoms.at(-1) : undefined;
  return device.vdoms.filter((vdom) => vdom !== last && !device.hidden.has(vdom.name));
}

/** Null when a VDOM does not exist, which a device tells no differently from one the token may not read. */
function chooseVdoms(
  device: DeviceState,
  visible: VdomState[],
  query: URLSearchParams,
): { vdoms: VdomState[]; many: boolean } | null {
  const name = query.get('vdom');
  const management = device.vdoms[0];
  if (name === '*') return { vdoms: visible, many: true };
  if (name === null || query.get('scope') === 'global') {
    return management !== undefined && visible.includes(management) ? { vdoms: [management], many: false } : null;
  }
  const names = name.split(',');
  const vdoms = visible.filter((vdom) => names.includes(vdom.name));
  return vdoms.length === names.length ? { vdoms, many: names.length > 1 } : null;
}

/** What a device was seen to leave out without a right to it, and how some versions write numbers. */
function spoil(results: object, faults: ReadonlySet<Fault>, path: string): object {
  const rest = faults.has('reduced') && path !== 'monitor/system/status' ? reduced(results) : results;
  if (!faults.has('string-numbers')) return rest;
  return JSON.parse(JSON.stringify(rest), (_, value: unknown) => (typeof value === 'number' ? String(value) : value));
}

function reduced(results: object): object {
  if (!Array.isArray(results)) return {};
  return results.map(() => ({ q_origin_key: 0 }));
}

/** `monitor/system/resource/usage` is path `system`, name `resource`, action `usage`. */
function addressOf(path: string): { path: string; name: string; action: string } {
  const [, area = '', name = '', ...action] = path.split('/');
  return { path: area, name, action: action.join('/') };
}

function envelope(device: DeviceState, path: string, vdom: string, results: object): object {
  const { action, ...address } = addressOf(path);
  return {
    http_method: 'GET',
    ...(path.startsWith('cmdb/') ? cmdbFields(device, vdom, results) : {}),
    results,
    vdom,
    ...address,
    ...(action === '' ? {} : { action }),
    status: 'success',
    ...origin(device),
  };
}

function cmdbFields(device: DeviceState, vdom: string, results: object): object {
  const size = Array.isArray(results) ? results.length : 1;
  return {
    http_status: 200,
    revision: createHash('md5')
      .update(`${device.seed} ${vdom} ${JSON.stringify(results)}`)
      .digest('hex'),
    ...(atLeast(device.version, '7.0.0') ? { size, matched_count: size, next_idx: size } : {}),
  };
}

function errorEnvelope(device: DeviceState, path: string, vdom: string | null, status: number | null): object {
  return {
    http_method: 'GET',
    status: 'error',
    ...(status === null ? { error: -1 } : { http_status: status }),
    vdom: vdom ?? 'root',
    ...addressOf(path),
    ...origin(device),
  };
}

function origin({ serial, version, build }: DeviceState): object {
  return { serial, version: `v${version.join('.')}`, build };
}
