import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json, startVendor, type VendorAnswer } from '../support/vendor.ts';

/** New for every run, with characters that every encoding treats in its own way. */
const CANARY = `canary/${randomBytes(9).toString('hex')}+"~?`;
const UNUSED = `spare/${randomBytes(9).toString('hex')}+"~?`;

/** The forms in which a secret may turn up. */
function formsOf(secret: string): string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  // Encoded behind something of another length, the secret's own letters are others; the ends depend on the neighbours.
  const behind = [0, 1, 2].map((length) => base64('x'.repeat(length) + secret).slice(length === 0 ? 0 : 4, -4));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...behind,
    ...behind.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    Buffer.from(secret).toString('hex'),
    // What is left of one that was cut short.
    secret.slice(0, 12),
  ];
}
const FORMS = [...formsOf(CANARY), ...formsOf(UNUSED)];

function expectNoCanary(text: string, where: string): void {
  const found = FORMS.filter((form) => text.includes(form));
  expect(found, `${where}: ${text.slice(0, 2000)}`).toEqual([]);
}

const echo: VendorAnswer = (request, response) => {
  const sent = String(request.headers.authorization);
  const token = sent.replace('Bearer ', '');
  const basic = Buffer.from(`user:${token}`).toString('base64');
  response.writeHead(200, { 'content-type': 'text/plain', 'x-echo': encodeURIComponent(sent) });
  response.end(`you sent ${sent} alias ${encodeURIComponent(token)} alias ${basic} alias ${JSON.stringify({ token })}`);
};

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

/** Every text, bytea and jsonb value of every table, as text. */
async function everythingStored({ dataFolder, databaseUrl }: TestDatabase): Promise<string> {
  const texts: string[] = [];
  await using store = await openStore({ dataFolder, databaseUrl, limits: defaultLimits.store, log: silentLog });
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(store.db);
  expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(['instance', 'instance_secret', 'api_token']));
  for (const { name } of rows) {
    const found = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(store.db);
    texts.push(...found.rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

async function everyFile(folder: string): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(path, 'latin1') })));
}

describe.each(databases)('secrets on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const answers: { what: string; text: string }[] = [];
  /** Sends, and keeps the whole answer for the search. */
  const ask = async (method: string, path: string, body?: unknown): Promise<number> => {
    const response = await running.api.send(method, path, body);
    const text = await response.text();
    const headers = JSON.stringify([...response.headers]);
    answers.push({ what: `${method} ${path} ${JSON.stringify(body)} -> ${response.status}`, text: headers + text });
    return response.status;
  };
  const checkLogs = async (marker: string): Promise<void> => {
    await expect.poll(() => running.logs.some((line) => line.includes(marker)), { timeout: 5000 }).toBe(true);
    for (const line of running.logs) expectNoCanary(line, 'log');
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk], logLevel: 'trace' });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('that a vendor sends back are in no answer and no log line, whatever the plugin does with them', async () => {
    await using vendor = await startVendor(echo);
    const config = { baseUrl: vendor.url, token: CANARY, spare: UNUSED };
    expect(await ask('POST', '/api/instances', { id: 'leaky', plugin: 'desk', name: 'Leaky', config })).toBe(201);
    const path = '/api/instances/leaky/queries/leaky';
    expect(await ask('POST', path, { params: { how: 'log' } })).toBe(200);
    expect(vendor.authorizations[0]).toBeDefined();
    await checkLogs('[secret]');
    expect(await ask('POST', path, { params: { how: 'long' } })).toBe(200);
    expect(await ask('POST', path, { params: { how: 'throw' } })).toBe(502);
    expect(await ask('POST', path, { params: { how: 'vendor-error' } })).toBe(502);
    expect(answers.at(-1)?.text).toContain('[secret]');
    expect(await ask('POST', path, { params: { how: 'unhandled' } })).toBe(502);
    expect(await ask('POST', path, { params: { how: 'late' } })).toBe(200);
    await checkLogs('after its run had ended');
    vendor.answer = json({ name: CANARY });
    expect(await ask('POST', '/api/instances/leaky/check')).toBe(200);
    expect(answers.at(-1)?.text).toContain('signed in as [secret]');
    for (const { what, text } of answers) expectNoCanary(text, what);
  });

  test('are in no answer and no log line of whatever goes wrong', async () => {
    const vendor = await startVendor((_request, response) => response.writeHead(500).end(CANARY));
    const config = { baseUrl: vendor.url, token: CANARY, spare: UNUSED };
    await ask('POST', '/api/instances', { id: 'quiet', plugin: 'desk', name: 'Quiet', config });
    expect(await ask('GET', '/api/instances/quiet/queries/items')).toBe(502);
    expect(await ask('POST', '/api/instances/quiet/check')).toBe(200);
    expect(await ask('POST', '/api/instances/check', { plugin: 'desk', config })).toBe(200);
    expect(
      await ask('POST', '/api/instances', { plugin: 'desk', name: 'x', config: { ...config, pageSize: CANARY } }),
    ).toBe(400);
    expect(
      await ask('POST', '/api/instances', { plugin: 'desk', name: 'x', config: { ...config, tokn: CANARY } }),
    ).toBe(400);
    expect(await ask('PATCH', '/api/instances/quiet', { config: { baseUrl: 'https://elsewhere.example' } })).toBe(400);
    expect(
      await ask('PATCH', '/api/instances/quiet', {
        config: { baseUrl: `http://u:${encodeURIComponent(CANARY)}@x.example` },
      }),
    ).toBe(400);
    vendor.answer = (_request, response) => void response.writeHead(200).end(CANARY);
    expect(await ask('GET', '/api/instances/quiet/queries/items')).toBe(502);
    await vendor.close();
    expect(await ask('GET', '/api/instances/quiet/queries/items')).toBe(503);
    expect(await ask('GET', '/api/instances')).toBe(200);
    expect(await ask('GET', '/api/openapi.json')).toBe(200);
    for (const { what, text } of answers) expectNoCanary(text, what);
    for (const line of running.logs) expectNoCanary(line, 'log');
  });

  test('are not in plain text in the database or the data folder', async () => {
    const { body } = await running.api.call<{ secretsSet: string[] }>('GET', '/api/instances/quiet');
    expect(body.secretsSet).toEqual(['spare', 'token']);
    await running[Symbol.asyncDispose]();
    expectNoCanary(await everythingStored(place), 'database');
    const files = await everyFile(place.dataFolder);
    expect(files.length).toBeGreaterThan(1);
    for (const { path, text } of files) expectNoCanary(text, path);
    running = await startTestHost(place, { plugins: [desk] });
  });
});
