// `jackfield keys` as people use it: the command itself, as a process, against a host.
import { expect, test } from 'vitest';
import { embedded } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';
import { buildDesk } from '../support/desk-plugin.ts';

test('jackfield keys rotates the keys of a host that runs, and says what there is', { timeout: 60_000 }, async () => {
  await using place = await embedded.open();
  await using desk = await buildDesk();
  await using host = await startTestHost(place, { plugins: [desk] });
  const config = { baseUrl: 'http://127.0.0.1:1', token: 'the-token-of-the-desk' };
  await host.api.call('POST', '/api/instances', { id: 'acme', plugin: 'desk', name: 'Acme', config });
  const run = async (...args: string[]): Promise<{ code: number | null; text: string }> => {
    await using cli = runCli(['keys', '--url', host.url, ...args], { JACKFIELD_TOKEN: ADMIN_TOKEN });
    const [code] = await cli.exited;
    return { code, text: cli.output.join('\n') };
  };
  const before = (await host.api.call<{ masterKeys: { id: string }[] }>('GET', '/api/keys')).body;
  const rotated = await run('rotate', '--master-key');
  expect(rotated.code, rotated.text).toBe(0);
  // One secret, and the data key of the instances without a client.
  expect(rotated.text).toMatch(/done: 2 of 2 sealed again; \d/);

  const { text } = await run('status');
  expect(text).toMatch(/^[0-9a-f]{16} +1 +0$/m);
  expect(text).not.toContain(before.masterKeys[0]?.id);
  expect(text).toMatch(/data keys: 1 in use, the oldest since \d{4}-\d\d-\d\d\nsecrets: 1 stored, 0 references/);
  expect((await host.api.call('GET', '/api/keys')).body).toMatchObject({
    rotation: { state: 'done', dataKeys: true, failed: 0, total: 2, done: 2 },
  });
  expect((await host.api.call('POST', '/api/keys/rotate', { dataKeys: false })).status).toBe(400);
});
