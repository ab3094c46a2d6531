// A host with the plugin "relay", and a vendor that says with which credentials it was asked.
import { type Answer, startTestHost, type TestHost, type TestHostOptions } from '../../support/host.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { json, startVendor, type Vendor } from '../../support/vendor.ts';
import { buildRelay } from './relay-plugin.ts';

export type Row = Record<string, unknown> & { readonly id: number };

export interface Relay extends AsyncDisposable {
  readonly running: TestHost;
  readonly vendor: Vendor;
  call<T = Row>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  /** Of a call that has to work. */
  done<T = Row>(method: string, path: string, body?: unknown): Promise<T>;
  /** Who the vendor is asked as, through the old API. */
  askedAs(instanceId: number): Promise<unknown>;
  /** The host is another, on the same database. */
  restart(): Promise<void>;
}

export async function startRelay(place: TestDatabase, options: TestHostOptions = {}): Promise<Relay> {
  await using stack = new AsyncDisposableStack();
  const plugin = stack.use(await buildRelay());
  const vendor = stack.use(await startVendor());
  vendor.answer = (request, response) => {
    const { authorization = 'nobody' } = request.headers;
    const [, basic] = /^Basic (.*)$/.exec(authorization) ?? [];
    json({ signedIn: basic === undefined ? authorization : Buffer.from(basic, 'base64').toString() })(
      request,
      response,
    );
  };
  const start = (): Promise<TestHost> => startTestHost(place, { plugins: [plugin], ...options });
  let running = await start();
  stack.defer(() => running[Symbol.asyncDispose]());
  const call: Relay['call'] = (...request) => running.api.call(...request);
  const done: Relay['done'] = async <T>(...request: Parameters<Relay['call']>): Promise<T> => {
    const { status, body } = await running.api.call<T>(...request);
    if (status >= 300) throw new Error(`${request.slice(0, 2).join(' ')}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const all = stack.move();
  return {
    get running() {
      return running;
    },
    vendor,
    call,
    done,
    async askedAs(id) {
      const { rows } = await done<{ rows: { signedIn: string }[] }>(
        'POST',
        `/api/external-system-instances/${id}/query/whoami`,
      );
      return rows[0]?.signedIn;
    },
    async restart() {
      await running[Symbol.asyncDispose]();
      running = await start();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** The steps of a move, in order. */
export const STEPS = {
  legacy: { mode: 'legacy' },
  dual: { mode: 'dual', primary: 'legacy' },
  ahead: { mode: 'dual', primary: 'plugin' },
  plugin: { mode: 'plugin' },
} as const;
