// What the REST interface answers to one signed-in GET: envelopes, one or an array of them, and errors in JSON.
import { createHash } from 'node:crypto';
import { findEndpoint, type Asked, type Endpoint } from './endpoints.ts';
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
  const endpoint = findEndpoint(path, device.version);
  if (endpoint === undefined) return fail(404);
  const fault = endpointFault(faults, path, endpoint.group);
  if (fault !== undefined) return fail(fault);
  const chosen = chooseVdoms(device, query);
  if (chosen === null) return fail(403);
  const envelopes = chosen.vdoms.map((one) => envelope(path, endpoint, { device, vdom: one, query, now }));
  return { status: 200, body: chosen.many ? envelopes : (envelopes[0] ?? {}) };
}

/** Null when a VDOM does not exist, which a device tells no differently from one the token may not read. */
function chooseVdoms(device: DeviceState, query: URLSearchParams): { vdoms: VdomState[]; many: boolean } | null {
  const name = query.get('vdom');
  const management = device.vdoms[0];
  if (management === undefined) return null;
  if (name === null || query.get('scope') === 'global') return { vdoms: [management], many: false };
  if (name === '*') return { vdoms: device.vdoms, many: true };
  const names = name.split(',');
  const vdoms = device.vdoms.filter((vdom) => names.includes(vdom.name));
  return vdoms.length === names.length ? { vdoms, many: names.length > 1 } : null;
}

/** `monitor/system/resource/usage` is path `system`, name `resource`, action `usage`. */
function addressOf(path: string): { path: string; name: string; action: string } {
  const [, area = '', name = '', ...action] = path.split('/');
  return { path: area, name, action: action.join('/') };
}

function envelope(path: string, endpoint: Endpoint, asked: Asked): object {
  const { device, vdom } = asked;
  const { action, ...address } = addressOf(path);
  const results = endpoint.results(asked);
  return {
    http_method: 'GET',
    ...(path.startsWith('cmdb/') ? cmdbFields(device, vdom, results) : {}),
    results,
    vdom: vdom.name,
    ...address,
    ...(action === '' ? {} : { action }),
    status: 'success',
    ...origin(device),
  };
}

function cmdbFields(device: DeviceState, vdom: VdomState, results: object): object {
  const size = Array.isArray(results) ? results.length : 1;
  return {
    http_status: 200,
    revision: createHash('md5')
      .update(`${device.seed} ${vdom.name} ${JSON.stringify(results)}`)
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
