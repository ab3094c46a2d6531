import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { QueryResult } from '@jackfield/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { validatorOf } from '../schemas/schemas.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { ADMIN_TOKEN, startTestHost } from '../support/host.ts';
import { memoryOf, startHostProcess, type HostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json, silence, startVendor, type Vendor } from '../support/vendor.ts';

const MANY = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 1_000_000 : 100_000;
/** 25 MB: more than the host and the sockets between hold. */
const STALLED = 300_000;
const NDJSON = 'application/x-ndjson';
const FAILING = '?rows=20000&fail=true';

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

/** Lines of the answer as a client of another make reads them; of JSON, whose rows stand on few lines, its objects. */
async function countLines(url: string, accept: string, body?: object): Promise<number> {
  const headers = {
    authorization: `Bearer ${ADMIN_TOKEN}`,
    accept,
    ...(body ? { 'content-type': 'application/json' } : {}),
  };
  const text = body === undefined ? undefined : JSON.stringify(body);
  let lines = 0;
  const mark = accept === 'application/json' ? '{' : '\n';
  const count = (bytes: Buffer): void => {
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) lines += 1;
  };
  if (hasCurl()) {
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const data = text === undefined ? [] : ['-d', text];
    const curl = spawn('curl', ['-sS', '--fail', '--max-time', '120', ...fields, ...data, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    curl.stdout.on('data', count);
    const [code]: unknown[] = await once(curl, 'close');
    if (code !== 0) throw new Error(`curl ended with ${String(code)} after ${lines} lines`);
  } else {
    const response = await fetch(url, { headers, ...(text === undefined ? {} : { method: 'POST', body: text }) });
    for await (const bytes of response.body ?? []) count(Buffer.from(bytes));
  }
  return lines;
}

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An answer that nobody reads yet. */
async function open(url: string, body?: object): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, accept: NDJSON, 'content-type': 'application/json' };
  const asking = request(url, { headers, agent: false, method: body === undefined ? 'GET' : 'POST' });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  return response;
}

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: HostProcess;
  let vendor: Vendor;
  let path = '';
  let number = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startHostProcess(place, { plugins: [desk] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    vendor = await startVendor(json({}));
    onTestFinished(() => vendor.close());
    const id = `desk-${(number += 1)}`;
    await running.api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config: { baseUrl: vendor.url } });
    path = `/api/instances/${id}/queries/many`;
  });

  /** What the plugin tells of its rows; the host checks the instance meanwhile. */
  const told = (): number => vendor.calls.filter((call) => call.includes('/produced/')).length;

  /** How many such calls the vendor has had when no more come. */
  async function untilStill(): Promise<number> {
    let before = -1;
    await expect
      .poll(() => [before, (before = told())].reduce((a, b) => b - a), { interval: 500, timeout: 20_000 })
      .toBe(0);
    return before;
  }

  test(`${MANY} rows reach a client with less than 150 MB more in the host`, { timeout: 180_000 }, async () => {
    await countLines(`${running.url}${path}?rows=1000`, NDJSON);
    // Starts the count of the most memory anew.
    await writeFile(`/proc/${running.pid}/clear_refs`, '5');
    const before = await memoryOf(running.pid);
    expect(await countLines(`${running.url}${path}?rows=${MANY}`, NDJSON)).toBe(MANY);
    const around = await countLines(`${running.url}${path}?rows=0`, 'application/json');
    expect(await countLines(`${running.url}${path}?rows=${MANY}`, 'application/json')).toBe(MANY + around);
    expect(await countLines(`${running.url}${path}?rows=${MANY}`, 'text/csv')).toBe(MANY + 1);
    const after = await memoryOf(running.pid);
    process.stdout.write(`memory of the host: ${Math.round(before.now)} MB, at most ${Math.round(after.most)} MB\n`);
    expect(after.most - before.now).toBeLessThan(150);
  });

  test(
    'a client that stops reading stops the plugin, which goes on when the client does',
    { timeout: 60_000 },
    async () => {
      const response = await open(`${running.url}${path}?rows=${STALLED}&tell=true`);
      const produced = (await untilStill()) * 10_000;
      expect(produced).toBeGreaterThan(0);
      expect(produced).toBeLessThan(STALLED * 0.75);
      let rows = 0;
      for await (const line of createInterface(response)) {
        expect(line.startsWith(`{"n":${rows},`)).toBe(true);
        rows += 1;
      }
      expect(rows).toBe(STALLED);
      expect(told()).toBe(STALLED / 10_000);
    },
  );

  test('a client that disconnects ends the run and its call of the vendor', async () => {
    vendor.answer = (request, response) => (request.url === '/produced/20000' ? silence : json({}))(request, response);
    const response = await open(`${running.url}${path}?rows=${STALLED}&tell=true`);
    await expect.poll(told, { timeout: 10_000 }).toBe(3);
    expect(vendor.hangUps).toBe(0);
    response.destroy();
    await expect.poll(() => vendor.hangUps, { timeout: 5000 }).toBe(1);
    expect(await untilStill()).toBe(3);
  });

  test('a client that disconnects while it reads nothing gives its place to the next', async () => {
    await using place = await database.open();
    await using small = await startTestHost(place, {
      plugins: [desk],
      limits: { threadsPerPlugin: 1, runsPerThread: 1 },
    });
    await small.api.call('POST', '/api/instances', {
      id: 'desk',
      plugin: 'desk',
      name: 'x',
      config: { baseUrl: vendor.url },
    });
    const many = `${small.url}/api/instances/desk/queries/many`;
    const response = await open(`${many}?rows=${STALLED}&tell=true`);
    await untilStill();
    let rows = 0;
    const next = countLines(`${many}?rows=1000`, NDJSON).then((lines) => (rows = lines));
    await untilStill();
    expect(rows).toBe(0);
    response.destroy();
    expect(await next).toBe(1000);
  });

  describe('over many instances', () => {
    const FEW = 6;
    /** Of all together twice what one alone has. */
    const STALLED_EACH = STALLED / 3;
    let ids: string[] = [];
    let many = '';
    beforeEach(async () => {
      many = `${running.url}/api/plugins/desk/queries/many`;
      ids = Array.from({ length: FEW }, (_, n) => `many-${number}-${n}`);
      for (const id of ids) {
        const config = { baseUrl: `${vendor.url}/${id}` };
        await running.api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config });
      }
    });

    test(
      `${MANY} rows of each of ${FEW} reach a client with less than 150 MB more in the host`,
      { timeout: 600_000 },
      async () => {
        const ask = (accept: string, rows: number): Promise<number> =>
          countLines(many, accept, { instances: ids, params: { rows } });
        await ask(NDJSON, 1000);
        await writeFile(`/proc/${running.pid}/clear_refs`, '5');
        const before = await memoryOf(running.pid);
        expect(await ask(NDJSON, MANY)).toBe(MANY * FEW);
        const around = await ask('application/json', 0);
        expect(await ask('application/json', MANY)).toBe(MANY * FEW + around);
        expect(await ask('text/csv', MANY)).toBe(MANY * FEW + 1);
        const after = await memoryOf(running.pid);
        process.stdout.write(
          `memory of the host: ${Math.round(before.now)} MB, at most ${Math.round(after.most)} MB\n`,
        );
        expect(after.most - before.now).toBeLessThan(150);
      },
    );

    test(
      'a client that stops reading stops all of them, and all go on when the client does',
      { timeout: 120_000 },
      async () => {
        const response = await open(many, { instances: ids, params: { rows: STALLED_EACH, tell: true } });
        const produced = (await untilStill()) * 10_000;
        expect(produced).toBeLessThan(STALLED_EACH * FEW * 0.75);
        expect(
          new Set(vendor.calls.filter((call) => call.includes('/produced/')).map((call) => call.split('/')[1])).size,
        ).toBe(FEW);
        const next = new Map(ids.map((id) => [id, 0]));
        for await (const line of createInterface(response)) {
          const { instance, n } = JSON.parse(line) as { instance: string; n: number };
          if (n !== next.get(instance)) throw new Error(`${instance}: ${n} came after ${next.get(instance)}`);
          next.set(instance, n + 1);
        }
        expect([...next.values()]).toEqual(ids.map(() => STALLED_EACH));
      },
    );

    test('a client that disconnects ends every run', async () => {
      vendor.answer = (request, response) =>
        (request.url?.endsWith('/produced/20000') ? silence : json({}))(request, response);
      const response = await open(many, { instances: ids, params: { rows: STALLED_EACH, tell: true } });
      response.resume();
      await expect.poll(told, { timeout: 20_000 }).toBe(3 * FEW);
      expect(vendor.hangUps).toBe(0);
      response.destroy();
      await expect.poll(() => vendor.hangUps, { timeout: 5000 }).toBe(FEW);
    });
  });

  const ask = (accept: string): Promise<Response> =>
    running.api.send('GET', path + FAILING, undefined, { headers: { accept } });

  test('a failure after the first rows ends the JSON document validly, with the error', async () => {
    const response = await ask('application/json');
    expect(response.status).toBe(200);
    const result = (await response.json()) as QueryResult;
    const isResult = validatorOf('query-result.schema.json');
    expect(isResult(result), JSON.stringify(isResult.errors)).toBe(true);
    expect(result.rows.length).toBeGreaterThan(0);
    expect(result.meta).toBeUndefined();
    expect(result.error).toMatchObject({
      code: 'vendor_error',
      detail: 'the vendor broke off',
      requestId: expect.any(String),
    });
  });

  test('a failure after the first rows is the last line of NDJSON', async () => {
    const lines = (await (await ask(NDJSON)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(0, -1).every((line, n) => 'n' in line && line.n === n)).toBe(true);
    expect(lines.at(-1)).toEqual({
      error: expect.objectContaining({ code: 'vendor_error', detail: 'the vendor broke off' }),
    });
  });

  test('a failure after the first rows breaks the connection of a CSV answer', async () => {
    const response = await ask('text/csv');
    expect(response.status).toBe(200);
    let text = '';
    const reading = (async () => {
      for await (const bytes of response.body ?? []) text += Buffer.from(bytes).toString();
    })();
    await expect(reading).rejects.toThrow('terminated');
    expect(text.startsWith('n,text\r\n0,')).toBe(true);
  });
});
