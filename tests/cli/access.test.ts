// `jackfield keys`, `tokens`, `users`, `clients` and `audit` as people and programs use them: the commands themselves, as processes,
// against one host.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDesk } from '../support/desk-plugin.ts';
import { embedded, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost, type TestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';

// Each process takes its time on a machine that does other things too.
describe('against a host that runs', { timeout: 120_000 }, () => {
  let place: TestDatabase;
  let desk: TestPlugin;
  let host: TestHost;
  beforeAll(async () => {
    place = await embedded.open();
    desk = await buildDesk();
    host = await startTestHost(place, { plugins: [desk] });
    await host.api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    const config = { baseUrl: 'http://127.0.0.1:1', token: 'the-token-of-the-desk' };
    const instance = { id: 'acme-desk', plugin: 'desk', name: 'Acme', clientId: 'acme', config };
    await host.api.call('POST', '/api/instances', instance);
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await desk[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const start = async (args: readonly string[], input = ''): Promise<{ code: number | null; text: string }> => {
    await using cli = runCli(args, { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN }, false, `${input}\n`);
    const [code] = await cli.exited;
    return { code, text: cli.output.join('\n') };
  };
  /** What it says; it has to go well. */
  const run = async (args: string, input?: string): Promise<string> => {
    const { code, text } = await start(args.split(' '), input);
    expect(code, text).toBe(0);
    return text;
  };

  test('jackfield keys rotates the keys, and says what there is', async () => {
    const before = (await host.api.call<{ masterKeys: { id: string }[] }>('GET', '/api/keys')).body;
    // One secret, the data key of its client, and that of the instances without one.
    expect(await run('keys rotate --master-key')).toMatch(/done: 3 of 3 sealed again; \d/);
    const text = await run('keys status');
    expect(text).toMatch(/^[0-9a-f]{16} +2 +0$/m);
    expect(text).not.toContain(before.masterKeys[0]?.id);
    expect(text).toMatch(/data keys: 2 in use, the oldest since \d{4}-\d\d-\d\d\nsecrets: 1 stored, 0 references/);
    expect((await host.api.call('GET', '/api/keys')).body).toMatchObject({
      rotation: { state: 'done', dataKeys: true, failed: 0, total: 3, done: 3 },
    });
    expect((await host.api.call('POST', '/api/keys/rotate', { dataKeys: false })).status).toBe(400);
  });

  test('tokens and people are made, listed without their secrets, and lose what they were given', async () => {
    const { api } = host;
    const link = host.host.setupUrl ?? '';
    const [made] = await Promise.all([
      run('tokens create wallboard --role user --client acme --days 30'),
      run(`users first ${link} ada@example.com --name Ada`, 'correct horse battery'),
      run('users create bob@example.com --role engineer', 'another good password'),
    ]);
    const [token = ''] = /^jf_\S{40,}$/m.exec(made) ?? [];
    const [, id = ''] = /^Token (\S+), shown this once:$/m.exec(made) ?? [];
    const asIt = { headers: { authorization: `Bearer ${token}` } };
    expect((await api.call('GET', '/api/clients', undefined, asIt)).body).toMatchObject({ clients: [{ id: 'acme' }] });
    const signIn = async (login: string, password: string): Promise<number> =>
      (await api.send('POST', '/api/session', { login, password })).status;
    expect(await signIn('ada@example.com', 'correct horse battery')).toBe(200);
    expect(await signIn('bob@example.com', 'another good password')).toBe(200);

    const [tokens, people] = await Promise.all([run('tokens list'), run('users list')]);
    expect(tokens).toMatch(new RegExp(`^${id} +wallboard +user +acme +\\d\\S* \\w+ ago +in 29 d$`, 'm'));
    expect(tokens).not.toContain(token);
    expect(people).toMatch(/^ada@example.com +Ada +admin +all +\d\S* \w+ ago +on$/m);

    await Promise.all([run(`tokens revoke ${id}`), run('users disable bob@example.com')]);
    expect((await api.send('GET', '/api/clients', undefined, asIt)).status).toBe(401);
    expect(await signIn('bob@example.com', 'another good password')).toBe(401);
  });

  test('jackfield clients shred asks first, and destroys what the client’s secrets are read with', async () => {
    const no = await start(['clients', 'shred', 'acme'], 'n');
    expect(no.code, no.text).toBe(1);
    expect((await host.api.call('GET', '/api/instances/acme-desk')).body).toMatchObject({ enabled: true });
    expect(await run('clients shred acme --yes')).toMatch(/\d keys of acme are destroyed\. Disabled: acme-desk\./);
    const { body } = await host.api.call('GET', '/api/instances/acme-desk');
    expect(body).toMatchObject({ enabled: false });
    const gone = await start(['clients', 'shred', 'nobody', '--yes']);
    expect([gone.code, gone.text]).toEqual([1, expect.stringContaining('no client "nobody"')]);
  });

  test('jackfield audit lists, verifies and exports what was done, and a copy is verified without a host', async () => {
    const [listed, filtered, verified, exported] = await Promise.all([
      run('audit list --limit 500'),
      run('audit list --action instance.create --json'),
      run('audit verify'),
      run('audit export'),
    ]);
    expect(listed).toMatch(/^seq +at +by +from +action +what$/m);
    expect(listed).toMatch(/^\d+ +\S+ +token \S+ +127\.0\.0\.1 +client\.create +client acme$/m);
    expect(JSON.parse(filtered)).toMatchObject([{ action: 'instance.create', entity: { id: 'acme-desk' } }]);
    expect(verified).toMatch(/^\d+ entries, all as they were written$/m);
    const lines = exported.trimEnd().split('\n');
    expect(exported).not.toContain('the-token-of-the-desk');
    const copy = join(place.dataFolder, 'copy.ndjson');
    await writeFile(copy, `${lines.join('\n')}\n`);
    const forged = join(place.dataFolder, 'forged.ndjson');
    await writeFile(forged, (await readFile(copy, 'utf8')).replace('"id":"acme"', '"id":"acne"'));
    const [after, whole, fault, missing] = await Promise.all([
      run(`audit export --after ${lines.length - 1}`),
      run(`audit verify --file ${copy}`),
      start(['audit', 'verify', '--file', forged]),
      start(['audit', 'verify', '--file', join(place.dataFolder, 'nothing.ndjson')]),
    ]);
    expect(after.split('\n')[0]).toBe(lines.at(-1));
    expect(whole).toMatch(
      new RegExp(
        `^${lines.length} entries, 1 to ${lines.length}, all as they were written; the last has the hash [0-9a-f]{64}$`,
      ),
    );
    expect([fault.code, fault.text]).toEqual([
      1,
      expect.stringMatching(/^line \d+ is not as it was written; before it: /),
    ]);
    expect([missing.code, missing.text]).toEqual([1, expect.stringContaining('cannot be read')]);
  });
});
