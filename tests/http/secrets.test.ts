// Secrets are planted in everything that has some, a vendor tells all of them in every encoding and a plugin repeats what it is told in
// every way, each thing that can fail does, and each route is called. Then all that the host has said or written is searched.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { selfSigned } from '../gateway/support/certificates.ts';
import { formsOf, foundIn, newCanary } from '../support/canary.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { buildLeaky, WAYS } from '../support/leaky-plugin.ts';
import { FULL } from '../support/random.ts';
import { operationsOf } from '../support/operations.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { storedFiles, storedRows } from '../support/stored-text.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';
import { FAULTS, FORMS, ownerOf, owners, planted, talkative, type Owner } from './planted.ts';

const { token = '' } = planted.fixed.secrets;

const gateway = {
  ...defaultLimits.gateway,
  ...{
    headersTimeout: 300,
    bodyIdleTimeout: 300,
    totalTimeout: 600,
    retryMin: 1,
    retryMax: 2,
    retryAfterMax: 10,
    refusal: 1,
  },
  breaker: { ...defaultLimits.gateway.breaker, failures: 1e6 },
};
const limits = {
  gateway,
  crashesToQuarantine: 1000,
  holds: { authFailed: 1, most: 1 },
  sync: { ...defaultLimits.sync, tick: 3_600_000, queuePoll: 500, retries: 0 },
  reminders: { ...defaultLimits.reminders, tick: 3_600_000 },
};

let leaky: TestPlugin;
beforeAll(async () => {
  leaky = await buildLeaky();
});
afterAll(() => leaky[Symbol.asyncDispose]());

describe.each(oneOf)('secrets on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let vendor: Vendor;
  const said: { where: string; text: string }[] = [];
  /** Of people and programs: none of these is said but once, to whom it was made for. */
  const given: string[] = [];
  const ids: Record<string, string> = {};
  /** Sends, and keeps the whole answer for the search. */
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ code?: string; runId?: string }> => {
    const init = headers === undefined ? undefined : { headers };
    const response = await running.api.send(method, path, body, init);
    const text = await response.text();
    said.push({ where: `${method} ${path} -> ${response.status}`, text: JSON.stringify([...response.headers]) + text });
    const isJson = !/ndjson/.test(response.headers.get('content-type') ?? '') && text.startsWith('{');
    return isJson ? JSON.parse(text) : {};
  };
  const expectNothing = (texts: readonly { where: string; text: string }[]): void => {
    expect(texts.length).toBeGreaterThan(0);
    const hits = texts.flatMap(({ where, text }) =>
      foundIn(text, [...FORMS, ...given.flatMap(formsOf)]).map((form) => {
        const at = text.indexOf(form);
        return { where, form, text: `${text.slice(0, 300)} … ${text.slice(at - 100, at + 100)}` };
      }),
    );
    expect(hits.slice(0, 3), 'secrets that were found').toEqual([]);
  };
  const configOf = (owner: Owner): object => {
    const { secrets, certificate, key } = planted[owner];
    const own = Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== name.toUpperCase()));
    return { baseUrl: `${vendor.url}/${owner}`, certificate, key, ...own };
  };
  let contracts = 0;
  /** Whatever a plugin can be asked for, on one instance. */
  const askForAll = async (id: Owner): Promise<void> => {
    await Promise.all([
      ask('GET', `/api/instances/${id}/queries/echo`),
      ask('POST', `/api/instances/${id}/check`),
      ask(
        'POST',
        `/api/instances/${id}/routes/hook`,
        { n: (contracts += 1) },
        { 'x-secret': planted[id].secrets['webhookSecret'] ?? '' },
      ),
    ]);
    const { runId } = await ask('POST', `/api/instances/${id}/sync-jobs/items/run`);
    if (runId === undefined) return;
    await until(async () => {
      const { body } = await running.api.call('GET', `/api/runs/${runId}`);
      return body['state'] === 'queued' || body['state'] === 'running' ? undefined : true;
    });
    await ask('GET', `/api/runs/${runId}`);
  };
  const remind = async (): Promise<void> => {
    const endsOn = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    await ask('POST', '/api/clients/acme/contracts', { id: `c-${(contracts += 1)}`, name: `c-${contracts}`, endsOn });
    await ask('POST', '/api/reminders/run');
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [leaky], logLevel: 'trace', limits });
    vendor = await startVendor();
    await ask('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    const common = { plugin: 'leaky', clientId: 'acme' };
    const client = { tokenUrl: `${vendor.url}/oauth/token`, clientId: 'id' };
    await ask('POST', '/api/instances', { ...common, id: 'fixed', name: 'Fixed', config: configOf('fixed') });
    await ask('POST', '/api/instances', {
      ...{ ...common, id: 'oauth', name: 'OAuth' },
      config: { ...configOf('oauth'), ...client },
    });
    await ask('POST', '/api/dashboards', { id: 'board', title: 'Board' });
    await ask('POST', '/api/widgets', {
      id: 'w',
      dashboardId: 'board',
      plugin: 'leaky',
      query: 'echo',
      kind: 'table',
      instances: 'all',
    });
    await ask('POST', '/api/clients/acme/external-mappings', { system_name: 'leaky', external_identifier: 'ACME' });
    if (!said.every(({ where }) => where.endsWith(' -> 201'))) throw new Error(said.map(({ text }) => text).join('\n'));
    // The old tables have the instances too from here on.
    await ask('PUT', '/api/legacy/modes/leaky', { mode: 'dual' });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await vendor[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test.each(FULL ? WAYS : WAYS.filter((how) => how !== 'exit'))(
    'told by a vendor and repeated by its plugin ("%s") are in no answer and no log line',
    async (how) => {
      vendor.answer = talkative;
      const logged = running.logs.length;
      for (const id of owners) {
        await ask('PATCH', `/api/instances/${id}`, { config: { how } });
        await askForAll(id);
      }
      await remind();
      expect(running.logs.slice(logged).join().includes('[secret]') || how !== 'log').toBe(true);
      if (how === 'late') await until(async () => running.logs.join().includes('after its run had ended') || undefined);
      expectNothing(said);
      expectNothing(running.logs.map((text) => ({ where: 'log', text })));
    },
  );

  test('are in nothing that is said about a vendor that fails', { timeout: 60_000 }, async () => {
    for (const id of owners) await ask('PATCH', `/api/instances/${id}`, { config: { how: 'throw' } });
    for (const fault of Object.values(FAULTS)) {
      vendor.answer = (request, response) => fault(ownerOf(request.url))(request, response);
      await Promise.all(owners.map(askForAll));
    }
    await remind();
    const closed = vendor.url.replace(/\d+$/, '9');
    const config = configOf('fixed');
    for (const baseUrl of [closed, vendor.url.replace('http:', 'https:'), 'https://nowhere.invalid']) {
      await ask('POST', '/api/instances/check', { plugin: 'leaky', config: { ...config, baseUrl } });
    }
    expectNothing(said);
    expectNothing(running.logs.map((text) => ({ where: 'log', text })));
  });

  test('are in no answer to a config that is not valid', async () => {
    const good = { baseUrl: vendor.url };
    const { certificate, key } = planted.fixed;
    const configs = [
      { ...good, pageSize: token },
      { ...good, tokn: token },
      { ...good, token: [token] },
      { ...good, token: { token } },
      { baseUrl: token },
      { baseUrl: `http://u:${encodeURIComponent(token)}@x.example` },
      { baseUrl: `http://x.example/?key=${encodeURIComponent(token)}` },
      { ...good, clientSecret: token, tokenUrl: `ftp://x/${token}`, clientId: 'x' },
      { ...good, certificate: token, key: token },
      { ...good, certificate, key: (await selfSigned()).key.replace('A', 'B') + token },
      { ...good, key },
    ];
    for (const config of configs) {
      const { code } = await ask('POST', '/api/instances', { plugin: 'leaky', name: 'x', config });
      expect(code).toBe('config_invalid');
      await ask('POST', '/api/instances/check', { plugin: 'leaky', config });
      await ask('PATCH', '/api/instances/fixed', { config });
    }
    // The secrets would go where they were not meant to go.
    const { code } = await ask('PATCH', '/api/instances/fixed', { config: { baseUrl: 'https://elsewhere.example' } });
    expect(code).toBe('config_invalid');
    for (const text of [`{"plugin":"leaky","config":{"token":${JSON.stringify(token)}`, token]) {
      expect((await ask('POST', '/api/instances', text)).code).toBe('config_invalid');
    }
    expectNothing(said);
  });

  test('of people and programs are said to whom they are made for, and nowhere else', async () => {
    const { api } = running;
    const password = newCanary('password');
    const login = 'ada@example.com';
    const person = await api.call<{ id: string }>('POST', '/api/users', {
      login,
      name: 'Ada',
      role: 'engineer',
      password,
    });
    const token = await api.call<{ id: string; token: string }>('POST', '/api/tokens', { name: 'ci', role: 'user' });
    const page = { widgets: ['w'], origin: 'https://portal.example', clients: ['acme'] };
    const embed = await api.call<{ id: string; token: string }>('POST', '/api/embeds', page);
    const signedIn = await running.host.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { login, password },
    });
    const cookie = signedIn.cookies.find(({ name }) => name === 'jackfield_session')?.value ?? '';
    given.push(password, token.body.token, embed.body.token, cookie);
    expect(given.filter((secret) => secret.length < 20)).toEqual([]);
    Object.assign(ids, { user: person.body.id, token: token.body.id, embed: embed.body.id });
    await ask('POST', '/api/session', { login: 'nobody@example.com', password });
    await ask('POST', '/api/session', { login: password, password });
    await ask('POST', '/api/session', { login, password: [password] });
    await ask('POST', '/api/setup', { token: password, login, name: 'Ada', password });
    await ask('POST', '/api/users', {
      login: 'bob@example.com',
      name: 'Bob',
      role: 'user',
      password: `bob@example.com ${password}`,
    });
    for (const bearer of given)
      await ask('GET', '/api/session', undefined, { authorization: `Bearer ${encodeURIComponent(bearer)}` });
    await ask('GET', '/api/session', undefined, { cookie: `jackfield_session=${cookie}`, authorization: '' });
    await ask('POST', '/api/keys/rotate', { dataKeys: true });
    for (const path of ['users', 'tokens', 'embeds', 'keys', 'audit?limit=500', `users/${person.body.id}/sessions`])
      await ask('GET', `/api/${path}`);
    expectNothing(said);
    expectNothing(running.logs.map((text) => ({ where: 'log', text })));
  });

  test('are in no answer of any route, whatever is sent to it', { timeout: 60_000 }, async () => {
    vendor.answer = talkative;
    const { body: runs } = await running.api.call<{ runs: { id: string }[] }>('GET', '/api/runs');
    const { body: repairs } = await running.api.call<{ repairs: { id: string }[] }>('GET', '/api/repairs');
    const { body: reminders } = await running.api.call<{ reminders: { id: number }[] }>('GET', '/api/reminders');
    const values = {
      '/api/clients/': 'acme',
      '/api/dashboards/': 'board',
      '/api/widgets/': 'w',
      '/api/users/': ids['user'] ?? '',
      '/api/tokens/': ids['token'] ?? '',
      '/api/embeds/': ids['embed'] ?? '',
      '/api/reminders/': String(reminders.reminders[0]?.id),
      '/api/external-systems/': '1',
      '/api/external-system-instances/': '1',
      '/api/external-widget-templates/': '1',
      '/api/external-mappings/': '1',
      '{mapping}': '1',
      '{queryId}': 'echo',
      '{contract}': 'c-2',
      '{plugin}': 'leaky',
      '{query}': 'echo',
      '{stream}': 'items',
      '{run}': String(runs.runs[0]?.id),
      '{repair}': String(repairs.repairs[0]?.id),
      '{*}': 'hook',
    };
    const operations = await operationsOf(running.api, values, 'fixed');
    expect(operations.length).toBeGreaterThan(60);
    const wrong = { deep: [token] };
    const bodies = [
      {},
      {
        ...{ system_name: 'leaky', system_id: 1, instance_name: 'x', name: 'x', client_id: 'acme' },
        ...{ auth_config: { token, password: token, custom_headers: { 'x-key': token } }, metadata: { secret: token } },
      },
      { config: { token, clientSecret: token, key: planted.fixed.key, tokn: planted.fixed.word } },
      // In no field that is shown again: these are of another type, or there are none.
      Object.fromEntries(
        ['id', 'name', 'params', 'enabled', 'limits', 'cursor', 'secret'].map((field) => [field, wrong]),
      ),
      `{"token": ${JSON.stringify(token)}`,
    ];
    const query = `?canary=${encodeURIComponent(token)}`;
    for (const { method, path, takesBody } of operations) {
      const sent = takesBody ? bodies : [undefined];
      if (method === 'DELETE') await ask(method, `${path}${query}`);
      for (const body of sent) await ask(method, path, body);
      await ask(method, `${path}${query}`, takesBody ? {} : undefined);
      await ask(method, path, takesBody ? {} : undefined, { authorization: `Bearer ${encodeURIComponent(token)}` });
    }
    // The sweep got through to most of them, and none of them broke.
    const worked = operations.filter(({ method, path }) =>
      said.some(({ where }) => where === `${method} ${path} -> 200` || where === `${method} ${path} -> 204`),
    );
    expect(worked.length, 'routes that were served').toBeGreaterThan(operations.length / 2);
    const broken = said.filter(({ where }) => where.endsWith(' -> 500'));
    expect(broken).toEqual([]);
    expectNothing(said);
    expectNothing(running.logs.map((text) => ({ where: 'log', text })));
  });

  test('a call that was refused because of its host is in the audit, without the secret that the plugin put into it', async () => {
    const { body } = await running.api.call<{ entries: AuditEntry[] }>(
      'GET',
      '/api/audit?action=egress.denied&limit=500',
    );
    const hosts = body.entries.map(({ entity, instanceId }) => ({ host: entity.id, instanceId }));
    for (const instanceId of owners) {
      expect(hosts).toContainEqual({ host: '[secret].elsewhere.example', instanceId });
    }
    expect(body.entries[0]?.after).toMatchObject({
      plugin: 'leaky',
      reason: expect.stringContaining('[secret].elsewhere.example'),
    });
    expectNothing([{ where: 'audit', text: JSON.stringify(body) }]);
  });

  test('are not in plain text in the database or the data folder', async () => {
    await running[Symbol.asyncDispose]();
    expectNothing(running.logs.map((text) => ({ where: 'log', text })));
    const rows = await storedRows(place);
    expect(rows.map(({ where }) => where)).toEqual(
      expect.arrayContaining([
        'public.instance',
        'public.audit_entry',
        'public.run',
        'leaky.items',
        'pgboss.job_common',
      ]),
    );
    for (const table of ['public.instance_secret', 'public.audit_entry', 'public.run', 'leaky.items']) {
      expect(rows.find(({ where }) => where === table)?.text, table).not.toBe('');
    }
    expectNothing(rows);
    // All of them were told, and are told of.
    const redacted = rows.filter(({ text }) => text.includes('[secret]')).map(({ where }) => where);
    expect(redacted).toEqual(expect.arrayContaining(['public.run', 'public.audit_entry', 'public.instance_health']));
    expectNothing(await storedFiles(place.dataFolder));
  });
});
