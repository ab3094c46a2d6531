// "clinic": a small plugin whose vendor says how it goes, and what tests ask a host about the health of its instances.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '../../host/src/limits.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { Api } from '../support/host.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const source = (text: string): string => `
import { bearer, complete, definePlugin, query, readJson, stream, tlsConfig, upsert } from '@jackfield/sdk';

const rows = { id: { type: 'integer' }, text: { type: '${text}' } } as const;
export default definePlugin({
  name: 'clinic',
  displayName: 'Clinic',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: {
      baseUrl: { type: 'string' },
      token: { type: 'string', writeOnly: true },
      label: { type: 'string' },
      tls: tlsConfig,
    },
  },
  network: { tls: 'tls' },
  auth: [bearer({ token: 'token' })],
  async check(ctx) {
    return readJson<any>(await ctx.fetch('/check', { headers: { 'x-jackfield-no-retry': '1' } }));
  },
  queries: {
    ask: query({
      title: 'Ask',
      params: { type: 'object', properties: { crash: { type: 'boolean' } } },
      columns: rows,
      async *rows(ctx, params) {
        if (params.crash) process.exit(1);
        yield await readJson<any>(await ctx.fetch('/rows'));
      },
    }),
  },
  streams: {
    beds: stream({
      title: 'Beds', columns: rows, primaryKey: ['id'], deletion: 'absence', every: '1h',
      async *read(ctx) {
        yield upsert(await readJson<any>(await ctx.fetch('/stream', { headers: { 'x-jackfield-no-retry': '1' } })));
        yield complete();
      },
    }),
  },
});
`;

export function buildClinic({ text = 'string', version = '1.0.0' } = {}): Promise<TestPlugin> {
  return buildTestPlugin(source(text), { name: 'clinic', version });
}

export interface Ward extends Vendor {
  /** What the check gives while it passes. */
  found: { message: string; expires?: readonly { what: string; at: string }[] };
  /** Status by path; the others are answered 200. */
  readonly faults: Map<string, number>;
  /** Most checks that were under way at the same time. */
  readonly peak: number;
  /** How long a check takes, in milliseconds. */
  slow: number;
  checks(): number;
}

export async function startWard(): Promise<Ward> {
  const faults = new Map<string, number>();
  let now = 0;
  let peak = 0;
  const vendor = await startVendor((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    const status = faults.get(path) ?? faults.get('*') ?? 200;
    const isCheck = path.endsWith('/check');
    const say = (): void => {
      if (isCheck) now -= 1;
      const body = isCheck ? ward.found : [];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (isCheck) now += 1;
    peak = Math.max(peak, now);
    if (ward.slow === 0) say();
    else setTimeout(say, ward.slow);
  });
  const ward: Ward = Object.defineProperties(
    {
      found: { message: 'all is well' },
      faults,
      slow: 0,
      checks: () => vendor.calls.filter((call) => call.endsWith('/check')).length,
    } as Ward,
    { ...Object.getOwnPropertyDescriptors(vendor), peak: { get: () => peak } },
  );
  return ward;
}

/** Looks all the time, tries again at once, and pauses what crashes for a moment only. */
export const quick: Partial<Limits> = {
  quarantineMin: 300,
  quarantineMax: 600,
  health: { ...defaultLimits.health, tick: 100, settle: 100, first: 1, retryMin: 100, history: 6 },
  sync: { ...defaultLimits.sync, tick: 100, queuePoll: 500, jitter: 1, retryMin: 50, retryMax: 100 },
};

export interface Health {
  readonly state: string;
  readonly since: string;
  readonly enabled: boolean;
  readonly why: { readonly code: string; readonly detail: string } | null;
  readonly lastCheck: {
    readonly at: string;
    readonly ok: boolean;
    readonly message: string;
    readonly code?: string;
  } | null;
  readonly nextCheckAt: string | null;
  readonly everyMs: number;
  readonly expires: readonly { readonly what: string; readonly at: string }[];
  readonly history: readonly { readonly at: string; readonly from: string; readonly to: string }[];
  readonly repairs: readonly Repair[];
}

export interface Repair {
  readonly id: string;
  readonly code: string;
  readonly plugin: string;
  readonly instanceId: string | null;
  readonly stream: string | null;
  readonly detail: string;
  readonly fix: { readonly text: string; readonly method: string; readonly path: string };
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closedWhy: string | null;
}

export const healthOf = async (api: Api, id: string): Promise<Health> =>
  (await api.call<Health>('GET', `/api/instances/${id}/health`)).body;

export const repairsOf = async (api: Api, query: string): Promise<Repair[]> =>
  (await api.call<{ repairs: Repair[] }>('GET', `/api/repairs?${query}`)).body.repairs;

/** Waits until the instance is in this state. */
export function inState(api: Api, id: string, state: string): Promise<Health> {
  return until(async () => {
    const health = await healthOf(api, id);
    return health.state === state ? health : undefined;
  });
}
