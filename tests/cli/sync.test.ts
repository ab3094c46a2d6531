// `jackfield sync` as people and programs use it: the command itself, as a process, against a host.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost, type TestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';
import { repository } from '../support/plugin-package.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { json, silence, startVendor, type Vendor } from '../support/vendor.ts';

const SOURCE = `
import { bearer, checkpoint, definePlugin, readJson, stream, upsert } from '@jackfield/sdk';
const columns = { id: { type: 'integer' }, text: { type: 'string' } } as const;
const one = (path: string, title: string) => stream({
  title, columns, primaryKey: ['id'], deletion: 'explicit', every: '24h',
  async *read(ctx, cursor) {
    yield upsert(await readJson<{ id: number; text: string }[]>(await ctx.fetch(path)));
    yield checkpoint(Number(cursor ?? 0) + 1);
  },
});
export default definePlugin({
  name: 'shelf',
  displayName: 'Shelf',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: { baseUrl: { type: 'string' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  async check() { return { message: 'fine' }; },
  streams: { books: one('/books', 'Books'), loans: one('/loans', 'Loans') },
});
`;

const books = [1, 2, 3].map((id) => ({ id, text: `book ${id}` }));
let plugin: TestPlugin;
let place: TestDatabase;
let vendor: Vendor;
let host: TestHost;

beforeAll(async () => {
  plugin = await buildTestPlugin(SOURCE, { name: 'shelf' });
  place = await server.open();
  vendor = await startVendor(json(books));
  const sync = { ...defaultLimits.sync, tick: 200, queuePoll: 500, jitter: 1, retries: 0, heartbeat: 200 };
  host = await startTestHost(place, { plugins: [plugin], limits: { sync } });
  const config = { baseUrl: vendor.url, token: 'the-token-of-the-shelf' };
  await host.api.call('POST', '/api/instances', { id: 'acme', plugin: 'shelf', name: 'Acme', config });
  await until(async () => {
    const { body } = await host.api.call<{ runs: { state: string }[] }>('GET', '/api/runs?state=succeeded');
    return body.runs.length >= 2 ? true : undefined;
  });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});
beforeEach(() => {
  vendor.answer = json(books);
});

const env = (): Record<string, string> => ({ JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN });

async function sync(...args: string[]): Promise<{ code: number | null; said: string }> {
  await using cli = runCli(['sync', ...args], env());
  const [code] = await cli.exited;
  return { code, said: cli.output.join('\n') };
}

test('a run is followed to its end in plain lines, and says what it did', async () => {
  vendor.answer = json([...books, { id: 4, text: 'new' }]);
  const { code, said } = await sync('run', 'acme', 'books');
  expect(said).toMatch(
    /books succeeded: 4 read, 1 inserted, 0 updated, 3 unchanged, 0 deleted; 1 vendor calls; waited .* s, took .* s/,
  );
  expect(said).not.toContain('\u001b');
  expect(code).toBe(0);
});

test('a run that fails says why and what to do, and the command fails', async () => {
  vendor.answer = (request, response) =>
    request.url === '/loans' ? json({}, 500)(request, response) : json(books)(request, response);
  const { code, said } = await sync('run', 'acme');
  expect(said).toContain('books succeeded: 3 read');
  expect(said).toContain('loans failed: 0 read');
  expect(said).toMatch(/vendor_error: .*500/);
  expect(said).toContain('Try again; if it stays, look at the vendor system.');
  expect(code).toBe(1);
});

test('the ids of the runs are told when nobody follows them', async () => {
  const { code, said } = await sync('run', 'acme', 'books', '--no-follow');
  expect(said).toMatch(/^books run_[0-9a-f-]+$/);
  expect(code).toBe(0);
  const id = said.split(' ')[1];
  await until(async () => {
    const { body } = await host.api.call('GET', `/api/runs/${id}`);
    return body['state'] === 'succeeded' ? true : undefined;
  });
});

test('Ctrl-C cancels the run, and the command ends when it has ended', async () => {
  vendor.answer = silence;
  const asked = vendor.calls.length;
  await using cli = runCli(['sync', 'run', 'acme', 'books'], env());
  await until(async () => (vendor.calls.length > asked ? true : undefined));
  cli.child.kill('SIGINT');
  expect(await cli.exited).toEqual([1, null]);
  const said = cli.output.join('\n');
  expect(said).toContain('Asking the host to cancel');
  expect(said).toContain('books cancelled');
  const { body } = await host.api.call<{ runs: { state: string }[] }>('GET', '/api/runs?stream=books&limit=1');
  expect(body.runs[0]?.state).toBe('cancelled');
});

test('status tells rhythm, last run and cursor, as a table and as JSON', async () => {
  await sync('run', 'acme', 'books');
  const table = await sync('status');
  expect(table.said.split('\n')[0]).toMatch(/^instance +stream +rhythm +last run +next +cursor +state$/);
  expect(table.said).toMatch(/^acme +books +every 1 d +succeeded [\d.]+ s ago +in \d+ \w+ +[\d.]+ s ago +ok$/m);
  const { said } = await sync('status', 'acme', '--json');
  expect(JSON.parse(said)).toMatchObject([
    { instance: 'acme', stream: 'books', kind: 'read', lastRun: { state: 'succeeded' }, cursorAt: expect.any(String) },
    { instance: 'acme', stream: 'loans' },
  ]);
});

test('rewind shows the history, asks for nothing where nobody can answer, and goes back when it is told', async () => {
  await sync('run', 'acme', 'books');
  const shown = await sync('rewind', 'acme', 'books');
  expect(shown.said).toMatch(/^id +set +by +cursor$/m);
  expect(shown.said).toContain('Say --to <id> of one of these cursors, or --full');
  expect(shown.code).toBe(1);
  const unasked = await sync('rewind', 'acme', 'books', '--full');
  expect(unasked.said).toContain('Say --yes to do it without a question.');
  expect(unasked.code).toBe(1);
  const unknown = await sync('rewind', 'acme', 'books', '--to', '987654', '--yes');
  expect(unknown.said).toContain('jackfield: not_found: stream "books" has no cursor 987654 in its history');
  expect(unknown.code).toBe(1);
  const [id] = /^\d+/m.exec(shown.said) ?? [];
  const back = await sync('rewind', 'acme', 'books', '--to', String(id), '--yes');
  expect(back.said).toContain(`books of acme is read again from cursor ${id}.`);
  expect(back.code).toBe(0);
  const { body } = await host.api.call<{ cursors: { act: string }[] }>(
    'GET',
    '/api/instances/acme/sync-jobs/books/cursors',
  );
  expect(body.cursors.some(({ act }) => act === 'rewind')).toBe(true);
});

test.each([
  ['an instance that is not there', ['status', 'nobody'], 'there is no instance "nobody"'],
  ['a stream that is not there', ['run', 'acme', 'films'], 'It has books, loans.'],
  ['a census that is not there', ['run', 'acme', '--census'], 'instance "acme" has no census'],
  ['a cursor that is no number', ['rewind', 'acme', 'books', '--to', 'x'], 'a cursor has a number as its id'],
  [
    'no host',
    ['--url', 'http://127.0.0.1:65533', 'status'],
    'no host answers at http://127.0.0.1:65533 (ECONNREFUSED)',
  ],
] as const)('%s is said, with what to do', async (_what, args, text) => {
  const { code, said } = await sync(...args);
  expect(said).toContain(text);
  expect(code).toBe(1);
});

test('without a token nothing is asked', async () => {
  await using cli = runCli(['sync', 'status'], { JACKFIELD_URL: host.url });
  expect(await cli.exited).toEqual([1, null]);
  expect(cli.output.join('\n')).toContain('Set JACKFIELD_TOKEN');
});

test('help names the commands and where the token comes from', async () => {
  await using main = runCli(['--help']);
  expect(await main.exited).toEqual([0, null]);
  expect(main.output.join('\n')).toMatch(/^ {2}sync .*look at sync jobs/m);
  const { said } = await sync('--help');
  for (const word of ['status', 'run', 'rewind', 'JACKFIELD_TOKEN']) expect(said).toContain(word);
});

/** util-linux's `script` runs a program in a terminal of its own. */
const SCRIPT = '/usr/bin/script';

/** What a person sees who types or does `answers`, each when it is asked for. */
async function inTerminal(
  args: readonly string[],
  answers: readonly (readonly [RegExp, string | (() => void)])[] = [],
) {
  const command = [process.execPath, '--conditions=jackfield-source', 'host/src/cli/main.ts', 'sync', ...args];
  const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forced, ...own } = process.env;
  const child = spawn(SCRIPT, ['-qec', command.join(' '), '/dev/null'], {
    cwd: repository,
    env: { ...own, ...env(), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    const [next] = left;
    if (next === undefined || !next[0].test(seen)) return;
    left.shift();
    if (typeof next[1] === 'string') child.stdin.write(next[1]);
    else next[1]();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, seen };
}

// Elsewhere than on Linux `script` takes other arguments; how lines are drawn is tested without it in progress.test.ts.
test.skipIf(process.platform !== 'linux' || !existsSync(SCRIPT))(
  'on a terminal progress is drawn over, and rewind asks',
  async () => {
    // The vendor answers when progress has been seen, or there might be none to draw over.
    const drawn = Promise.withResolvers<void>();
    const answer = json(books);
    vendor.answer = (request, response) => void drawn.promise.then(() => answer(request, response));
    const { code, seen } = await inTerminal(['run', 'acme', 'books', 'loans'], [[/runs, /, drawn.resolve]]);
    expect(code).toBe(0);
    // As many lines as have not ended: those that have stay.
    // oxlint-disable-next-line no-control-regex
    expect(seen).toMatch(/\u001b\[[12]A\u001b\[0J/);
    expect(seen).toContain('\u001b[32msucceeded\u001b[39m');
    const refused = await inTerminal(['rewind', 'acme', 'loans', '--full'], [[/\[y\/N\] /, 'n\r']]);
    expect(refused).toMatchObject({ code: 1, seen: expect.stringContaining('nothing was changed') });
    const agreed = await inTerminal(['rewind', 'acme', 'loans', '--full'], [[/\[y\/N\] /, 'y\r']]);
    expect(agreed).toMatchObject({
      code: 0,
      seen: expect.stringContaining('loans of acme is read again from the start.'),
    });
  },
);

// Last: it leaves the instance refused.
test('a stream that waits for a person is shown with what they can do', async () => {
  vendor.answer = json({}, 401);
  const { code, said } = await sync('run', 'acme', 'books');
  expect(said).toContain('auth_failed: ');
  expect(code).toBe(1);
  const status = await sync('status', 'acme');
  expect(status.said).toMatch(/^acme +loans .* paused: auth_failed$/m);
  expect(status.said).toContain('acme loans is paused: auth_failed: ');
  expect(status.said).toContain('Check the credentials and set new ones.');
});
