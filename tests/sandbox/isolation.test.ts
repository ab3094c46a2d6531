// What a plugin's threads share: the same behaviour wherever they are.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Isolation } from '../../host/src/kernel/index.ts';
import type { Log } from '../../host/src/log.ts';
import type { Sandbox } from '../../host/src/sandbox/index.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

const BODY = `
  switch (params.mode) {
    case 'count': yield { n: (counter += 1) }; return;
    case 'thread': yield { n: (globalThis.number ??= Math.floor(Math.random() * 1e9)) }; return;
    case 'wait': await new Promise((resolve) => setTimeout(resolve, 1000)); yield { n: 1 }; return;
    case 'many': for (let n = 0; n < params.n; n++) yield { n }; return;
    default: yield { n: 7 };
  }`;

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildTestPlugin(queryPlugin(BODY, { top: 'let counter = 0;' }));
});
afterAll(() => plugin[Symbol.asyncDispose]());

const isolated = (isolation: Isolation): TestPlugin['version'] => ({ ...plugin.version, isolation });

const children = async (): Promise<string[]> =>
  (await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);

describe.each(['plugin', 'client', 'process'] as const)('isolation "%s"', (isolation) => {
  test('streams 100,000 rows, each once and in order', async () => {
    await using sandbox = testSandbox();
    const params = { mode: 'many', n: 100_000 };
    const run = await readRun(runQuery(sandbox, isolated(isolation), { params, deadline: 20_000 }));
    expect(run.problem).toBeUndefined();
    expect(run.text).toBe(Array.from({ length: 100_000 }, (_, n) => `{"n":${n}}\n`).join(''));
  });

  test('keeps what a module remembers from every other instance, of the same client too', async () => {
    await using sandbox = testSandbox({ threadsPerPlugin: 1 });
    const count = async (instance: string, client: string): Promise<string> =>
      (await readRun(runQuery(sandbox, isolated(isolation), { instance, client, params: { mode: 'count' } }))).text;
    expect(await count('a', 'acme')).toBe('{"n":1}\n');
    expect(await count('a', 'acme')).toBe('{"n":2}\n');
    expect(await count('b', 'acme')).toBe('{"n":1}\n');
    expect(await count('c', 'globex')).toBe('{"n":1}\n');
  });
});

/** A number that the whole thread shares. */
const threadOf = async (sandbox: Sandbox, isolation: Isolation, instance: string, client?: string): Promise<string> => {
  const options = { instance, params: { mode: 'thread' }, ...(client === undefined ? {} : { client }) };
  return (await readRun(runQuery(sandbox, isolated(isolation), options))).text;
};

test('isolation "plugin": the instances of all clients share a thread', async () => {
  await using sandbox = testSandbox({ threadsPerPlugin: 1 });
  expect(await threadOf(sandbox, 'plugin', 'a', 'acme')).toBe(await threadOf(sandbox, 'plugin', 'c', 'globex'));
});

test('isolation "client": no thread runs code for two clients, and an instance of none has its own', async () => {
  await using sandbox = testSandbox({ threadsPerPlugin: 1 });
  const acme = await threadOf(sandbox, 'client', 'a', 'acme');
  expect(await threadOf(sandbox, 'client', 'b', 'acme')).toBe(acme);
  const others = [
    await threadOf(sandbox, 'client', 'c', 'globex'),
    await threadOf(sandbox, 'client', 'd'),
    await threadOf(sandbox, 'client', 'e'),
    // Named as if it were the client of the first.
    await threadOf(sandbox, 'client', 'client acme'),
  ];
  expect(new Set([acme, ...others]).size).toBe(5);
});

test('isolation "client": a client that was idle until its thread ended is served again', async () => {
  await using sandbox = testSandbox({ threadIdle: 50 });
  const first = await threadOf(sandbox, 'client', 'a', 'acme');
  await expect.poll(() => sandbox.threads(), { timeout: 5000 }).toBe(0);
  await threadOf(sandbox, 'client', 'c', 'globex');
  expect(await threadOf(sandbox, 'client', 'a', 'acme')).not.toBe(first);
});

describe('isolation "process"', () => {
  test('a run is served by a child of the host, which ends with the sandbox', async () => {
    const before = await children();
    {
      await using sandbox = testSandbox();
      expect((await readRun(runQuery(sandbox, isolated('process')))).text).toBe('{"n":7}\n');
      expect(await children()).toHaveLength(before.length + 1);
      await expect.poll(() => sandbox.threads(), { timeout: 5000 }).toBe(1);
    }
    expect(await children()).toEqual(before);
  });

  test('a process without work ends, and the next run starts another', async () => {
    const before = await children();
    await using sandbox = testSandbox({ threadIdle: 100 });
    expect((await readRun(runQuery(sandbox, isolated('process')))).text).toBe('{"n":7}\n');
    await expect.poll(children, { timeout: 5000 }).toEqual(before);
    expect((await readRun(runQuery(sandbox, isolated('process')))).text).toBe('{"n":7}\n');
  });

  test('a process that is ended with its work is no death to log', async () => {
    const errors: object[] = [];
    const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields) => void errors.push(fields) };
    const sandbox = testSandbox({}, log);
    const run = readRun(runQuery(sandbox, isolated('process'), { params: { mode: 'wait' }, deadline: 20_000 }));
    await expect.poll(() => sandbox.threads(), { timeout: 5000 }).toBeGreaterThan(0);
    await sandbox.stop();
    expect((await run).problem?.code).toBe('timeout');
    expect(errors).toEqual([]);
  });

  test('reads are served again when their process is killed, and the log says that it died', async () => {
    const before = await children();
    const errors: object[] = [];
    const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields) => void errors.push(fields) };
    await using sandbox = testSandbox({}, log);
    const waiting = Array.from({ length: 5 }, () =>
      readRun(runQuery(sandbox, isolated('process'), { params: { mode: 'wait' }, deadline: 20_000 })),
    );
    await expect.poll(() => sandbox.threads(), { timeout: 5000 }).toBeGreaterThan(0);
    const victim = (await children()).find((pid) => !before.includes(pid));
    process.kill(Number(victim), 'SIGKILL');
    expect((await Promise.all(waiting)).map((run) => run.text)).toEqual(Array(5).fill('{"n":1}\n'));
    expect(errors).toEqual([expect.objectContaining({ plugin: 'test', how: 'SIGKILL', lastWords: '' })]);
  });
});
