// `jackfield tokens` as people and programs use it: the command itself, as a process, against a host.
import { expect, test } from 'vitest';
import { embedded } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';

test('a token is made, listed without its text, and revoked', async () => {
  await using place = await embedded.open();
  await using host = await startTestHost(place);
  await host.api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
  const env = { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN };
  const run = async (...args: string[]): Promise<string> => {
    await using cli = runCli(['tokens', ...args], env);
    expect(await cli.exited).toEqual([0, null]);
    return cli.output.join('\n');
  };
  const made = await run('create', 'dashboards of Acme', '--role', 'user', '--client', 'acme', '--days', '30');
  const [token = ''] = /^jf_\S{40,}$/m.exec(made) ?? [];
  const [, id = ''] = /^Token (\S+), shown this once:$/m.exec(made) ?? [];
  const asIt = { headers: { authorization: `Bearer ${token}` } };
  expect((await host.api.call('GET', '/api/clients', undefined, asIt)).body).toMatchObject({
    clients: [{ id: 'acme' }],
  });

  const listed = await run('list');
  expect(listed).toMatch(new RegExp(`^${id} +dashboards of Acme +user +acme +\\d\\S* s ago +in 29 d$`, 'm'));
  expect(listed).not.toContain(token);

  expect(await run('revoke', id)).toContain(`Token ${id} is revoked.`);
  expect((await host.api.send('GET', '/api/clients', undefined, asIt)).status).toBe(401);
});
