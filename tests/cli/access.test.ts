// `jackfield tokens` and `jackfield users` as people and programs use them: the commands themselves, as processes, against a host.
import { expect, test } from 'vitest';
import { embedded } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';

// Seven processes: that takes its time on a machine that does other things too.
const timeout = 120_000;

test(
  'tokens and people are made, listed without their secrets, and lose what they were given',
  { timeout },
  async () => {
    await using place = await embedded.open();
    await using host = await startTestHost(place);
    const { api, url } = host;
    await api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    const env = { JACKFIELD_URL: url, JACKFIELD_TOKEN: ADMIN_TOKEN };
    const run = async (input: string, ...args: string[]): Promise<string> => {
      await using cli = runCli(args, env, false, `${input}\n`);
      expect(await cli.exited, cli.output.join('\n')).toEqual([0, null]);
      return cli.output.join('\n');
    };
    const link = host.host.setupUrl ?? '';
    const [made] = await Promise.all([
      run('', 'tokens', 'create', 'wallboard', '--role', 'user', '--client', 'acme', '--days', '30'),
      run('correct horse battery', 'users', 'first', link, 'ada@example.com', '--name', 'Ada'),
      run('another good password', 'users', 'create', 'bob@example.com', '--role', 'engineer'),
    ]);
    const [token = ''] = /^jf_\S{40,}$/m.exec(made) ?? [];
    const [, id = ''] = /^Token (\S+), shown this once:$/m.exec(made) ?? [];
    const asIt = { headers: { authorization: `Bearer ${token}` } };
    expect((await api.call('GET', '/api/clients', undefined, asIt)).body).toMatchObject({ clients: [{ id: 'acme' }] });
    const signIn = async (login: string, password: string): Promise<number> =>
      (await api.send('POST', '/api/session', { login, password })).status;
    expect(await signIn('ada@example.com', 'correct horse battery')).toBe(200);
    expect(await signIn('bob@example.com', 'another good password')).toBe(200);

    const [tokens, people] = await Promise.all([run('', 'tokens', 'list'), run('', 'users', 'list')]);
    expect(tokens).toMatch(new RegExp(`^${id} +wallboard +user +acme +\\d\\S* \\w+ ago +in 29 d$`, 'm'));
    expect(tokens).not.toContain(token);
    expect(people).toMatch(/^ada@example.com +Ada +admin +all +\d\S* \w+ ago +on$/m);

    await Promise.all([run('', 'tokens', 'revoke', id), run('', 'users', 'disable', 'bob@example.com')]);
    expect((await api.send('GET', '/api/clients', undefined, asIt)).status).toBe(401);
    expect(await signIn('bob@example.com', 'another good password')).toBe(401);
  },
);
