import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlugin, type OpenedPlugin, PluginError, type VendorFunction } from '@jackfield/sdk/testing';
import type { TempFolder } from '../support/plugin-package.ts';
import { until } from '../support/until.ts';
import { deskPackage, lineOf } from './desk.ts';

const config = { baseUrl: 'https://desk.example.com/api', token: 'a-secret-token', hookSecret: 'another-secret-key' };

let folder: TempFolder;
let desk: OpenedPlugin;
/** Everything that the vendor was asked, and what it answers now. */
let asked: Request[] = [];
let vendor: VendorFunction = () => Response.json([]);
beforeAll(async () => {
  folder = await deskPackage();
  desk = await openPlugin(folder.path, {
    config,
    client: { region: 'eu' },
    now: () => new Date(1_700_000_000_000),
    vendor: (request) => {
      asked.push(request);
      return vendor(request);
    },
  });
});
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const answering = (next: VendorFunction): void => {
  asked = [];
  vendor = next;
};
const failure = async (run: Promise<unknown>): Promise<PluginError> => {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PluginError)) throw error;
  return error;
};

test('a query gets its params with defaults and config without secrets, and the vendor gets the credentials', async () => {
  answering(() => Response.json({ ok: true }));
  const { rows, columns, vendorCalls, log } = await desk.query('echo');
  const said = { ok: true };
  const secrets = ['baseUrl', 'site'];
  expect(rows).toEqual([
    { said: { said, site: 'main', secrets, client: { region: 'eu' }, now: expect.closeTo(1_700_000_000_000, -6) } },
  ]);
  expect(columns).toEqual([{ name: 'said', type: 'json' }]);
  expect(vendorCalls).toBe(1);
  expect(log.map(({ level, message, fields }) => [level, message, fields])).toEqual([['info', 'asked', '{"days":7}']]);
  expect(asked.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
    ['https://desk.example.com/api/echo?days=7', 'Bearer a-secret-token'],
  ]);
});

test('columns that come with the answer are there', async () => {
  expect(await desk.query('free')).toMatchObject({
    columns: [{ name: 'a', type: 'integer' }],
    rows: [{ a: 1 }, { a: 2 }],
  });
});

test('the vendor may answer whatever a vendor can: streams, many cookies, no body', async () => {
  answering(() => new Response(new Blob(['[{"id":', '1}]']).stream()));
  expect((await desk.query('plain')).rows).toEqual([{ id: 1 }]);
  answering(() => new Response(null, { status: 204 }));
  expect((await failure(desk.query('plain'))).code).toBe('vendor_bad_response');
});

test('a busy vendor is asked again, without the wait of a host', async () => {
  answering(() => (asked.length < 3 ? new Response('busy', { status: 503 }) : Response.json([{ id: 3 }])));
  const { rows, vendorCalls } = await desk.query('plain');
  expect([rows, vendorCalls]).toEqual([[{ id: 3 }], 3]);
});

test('what one test has done to the vendor is forgotten before the next', async () => {
  answering(() => new Response('', { status: 401 }));
  for (let run = 0; run < 7; run += 1) expect((await failure(desk.query('plain'))).code).toBe('auth_failed');
  expect(asked).toHaveLength(7);
  answering(() => new Response('', { status: 500 }));
  for (let run = 0; run < 3; run += 1) expect((await failure(desk.query('plain'))).code).toBe('vendor_error');
  answering(() => Response.json([{ id: 1 }]));
  expect((await desk.query('plain')).rows).toHaveLength(1);
});

test('a declared host is the vendor’s too, any other is refused as on a host', async () => {
  answering(() => new Response('file'));
  const error = await failure(desk.query('elsewhere'));
  expect([error.code, error.message]).toEqual(['egress_denied', expect.stringContaining('other.example.com')]);
  expect(asked.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
    ['https://files.example.com/a', null],
  ]);
});

test('a vendor that hangs is given up', async () => {
  const { promise: hung, resolve } = Promise.withResolvers<void>();
  answering((request) => {
    request.signal.addEventListener('abort', () => resolve());
    return new Promise<never>(() => undefined);
  });
  expect((await failure(desk.query('plain'))).code).toBe('timeout');
  await hung;
});

test('a stream tells its steps, and where it goes on', async () => {
  answering((request) => {
    const since = Number(new URL(request.url).searchParams.get('since'));
    return Response.json([1, 2, 3].filter((id) => id > since).map((id) => ({ id, title: `t${id}` })));
  });
  const tickets = desk.stream('tickets');
  const first = await tickets.read();
  expect(first.rows).toEqual([
    { id: 1, title: 't1' },
    { id: 2, title: 't2' },
    { id: 3, title: 't3' },
  ]);
  expect([first.removed, first.cursor]).toEqual([[{ id: 99 }], 3]);
  expect(first.steps.map(({ step }) => step)).toEqual(['upsert', 'remove', 'checkpoint']);
  const second = await tickets.read(first.cursor);
  expect([second.rows, second.cursor]).toEqual([[], 3]);
  answering(() => Response.json([{ id: 1 }, { id: 2 }]));
  expect(await tickets.census()).toMatchObject({ present: [{ id: 1 }, { id: 2 }], complete: [{}] });
  expect(await tickets.gone([{ id: 1 }, { id: 2 }])).toEqual([{ id: 1 }]);
});

test('a check, a route and a job run as well', async () => {
  answering(() => Response.json({ name: 'Ada', id: 'D-1' }));
  const expires = [{ what: 'token', at: '2030-01-01T00:00:00.000Z' }];
  expect(await desk.check()).toMatchObject({ message: 'signed in as Ada', expires });
  const call = { body: { id: 5, title: 'five' }, headers: { 'X-Trace': 'x' } };
  expect(await desk.route('hook', call)).toMatchObject({
    status: 202,
    json: { seen: ['x-trace'] },
    changes: [{ stream: 'tickets', kind: 'upsert', rows: [{ id: 5, title: 'five' }] }],
  });
  expect((await desk.route('hook', { body: { id: 5, gone: true } })).changes).toEqual([
    { stream: 'tickets', kind: 'remove', reason: 'deleted', rows: [{ id: 5 }] },
  ]);
  expect((await failure(desk.route('hook', { ...call, signed: false }))).code).toBe('permission_denied');
  const event = {
    key: 'k1',
    contract: { id: 'c', name: 'C', endsOn: '2026-01-01', reference: null },
    client: { id: 'a', name: 'A' },
    daysBefore: 7,
    daysLeft: 6,
  };
  expect(await desk.job('reminder', event)).toMatchObject({
    reference: 'D-1',
    url: 'https://desk.example.com/D-1',
    created: true,
  });
});

test('a failure names the line of the author’s file', async () => {
  const thrown = await failure(desk.query('throws'));
  const line = lineOf("throw new RangeError('the sky");
  expect(thrown.message).toMatch(
    new RegExp(
      `^query "throws" failed with plugin_failed: .*RangeError\n  RangeError: the sky is falling\n.*src/plugin\\.ts:${line}:`,
    ),
  );
  const cell = await failure(desk.query('wrong_cell'));
  expect(cell.message).toContain('column "age" must be an integer (got a number)');
  expect(cell.message).toMatch(new RegExp(`  at src/plugin\\.ts:${lineOf("age: { type: 'integer' }")}:\\d+$`));
});

test('mistakes of the test are told from those of the plugin', async () => {
  expect((await failure(desk.query('echo', { days: 0 }))).message).toBe(
    'query "echo" failed with params_invalid: query "echo": /params/days must be >= 1\n  /params/days must be >= 1',
  );
  await expect(desk.query('ecko')).rejects.toThrow('the plugin has no query "ecko" (it has echo, plain,');
  expect(() => desk.stream('issues')).toThrow('the plugin has no stream "issues" (it has tickets)');
  await expect(desk.query('synced')).rejects.toThrow('answered by the host from synced rows');
  expect(() => desk.connect({ baseUrl: 'ftp://x', token: 1 })).toThrow(
    /^the connection failed with config_invalid: [^]*\/config\/token must be string[^]*\/config\/baseUrl must be an http or https URL/,
  );
  const logged: string[] = [];
  await using own = await openPlugin(folder.path, {
    config,
    onLog: ({ message }) => logged.push(message),
    vendor: () => {
      throw new Error('the test is wrong');
    },
  });
  expect((await failure(own.query('plain'))).code).toBe('vendor_error');
  expect(logged.join()).toContain("the vendor's function of the test threw: Error: the test is wrong");
});

test('it is the sandbox of a host: no files, and a loop is ended at the deadline that the plugin has declared', async () => {
  const files = await failure(desk.query('files'));
  expect(files.message).toMatch(/^query "files" failed with plugin_failed: .* threw Error\n  Error.*node:fs/);
  const hurried = { config, entry: 'src/hurried.ts', vendor: () => Response.json([{ id: 1 }]) };
  await using own = await openPlugin(folder.path, hurried);
  expect((await failure(own.query('loops'))).message).toContain('passed its deadline of 1.5 s');
  // On a busy machine its deadline may be too short for a thread to start.
  const { rows } = await until(() => own.query('plain').catch(() => undefined));
  expect(rows).toHaveLength(1);
});

test('another config is another connection', async () => {
  answering((request) => Response.json([{ id: request.headers.get('authorization') === 'Bearer other' ? 2 : 1 }]));
  const other = desk.connect({ ...config, token: 'other' });
  expect((await other.query('plain')).rows).toEqual([{ id: 2 }]);
  expect((await desk.query('plain')).rows).toEqual([{ id: 1 }]);
});

test('what a vendor answers is recorded without secrets, and played without a vendor', async () => {
  await using simulator = await openVendor();
  const real = { ...config, baseUrl: simulator.url };
  let cassette;
  {
    await using recording = await openPlugin(folder.path, { config: real, record: true });
    expect((await recording.query('plain')).rows).toEqual([{ id: 7 }]);
    cassette = recording.cassette();
  }
  expect(JSON.stringify(cassette)).not.toContain(config.token);
  await using played = await openPlugin(folder.path, {
    config: { ...config, baseUrl: 'https://other.example.com' },
    vendor: cassette,
  });
  expect((await played.query('plain')).rows).toEqual([{ id: 7 }]);
  expect((await failure(played.query('echo'))).message).toContain('is not on the cassette');
});

async function openVendor() {
  const { startVendor, json } = await import('../support/vendor.ts');
  return startVendor(json([{ id: 7 }]));
}
