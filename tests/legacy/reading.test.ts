// How rows of the old world are read: names, sign-ins, questions, ids. Nothing of it needs a database.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginManifest } from '@jackfield/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillSignIn } from '../../host/src/legacy/import/auth-fields.ts';
import { readSignIn } from '../../host/src/legacy/import/auth-shapes.ts';
import { jsonOf, snakeRow } from '../../host/src/legacy/import/cells.ts';
import { takeRowSecrets } from '../../host/src/legacy/import/connections.ts';
import { jqlForm } from '../../host/src/legacy/import/jql-form.ts';
import { flatParameters, parameterNameOf } from '../../host/src/legacy/import/parameter-names.ts';
import { questionOf } from '../../host/src/legacy/import/questions.ts';
import { rewriteSystemIds } from '../../host/src/legacy/import/system-ids.ts';
import { pluginNamed } from '../../host/src/legacy/import/system-names.ts';
import { fortigate, jira } from '../support/first-party.ts';

const manifestOf = ({ folder }: { folder: string }): PluginManifest =>
  JSON.parse(readFileSync(join(folder, 'dist/plugin.json'), 'utf8')) as PluginManifest;
const JIRA = manifestOf(jira);
const FORTIGATE = manifestOf(fortigate);

describe('names of systems', () => {
  const installed = [JIRA, FORTIGATE];
  test.each([
    ['jira', 'jira'],
    ['JIRA', 'jira'],
    ['Jira_Cloud', 'jira'],
    ['jira-default', 'jira'],
    ['  Atlassian Jira ', 'jira'],
    ['fortinet', 'fortigate'],
    ['FortiGate', 'fortigate'],
    ['FORTIGATE-default', 'fortigate'],
    ['ＦｏｒｔｉＯＳ', 'fortigate'],
    ['servicenow', undefined],
    ['jira of acme', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('%j is %s', (name, plugin) => {
    expect(pluginNamed(installed, name)?.plugin).toBe(plugin);
  });

  test('a plugin that is known but not installed is said to be that', () => {
    expect(pluginNamed([JIRA], 'fortinet')).toEqual({ plugin: 'fortigate', isInstalled: false, isOwnName: false });
  });
});

describe('shapes of auth_config', () => {
  const basic = Buffer.from('svc:pw').toString('base64');
  test.each([
    ['username/password', { username: 'svc', password: 'pw' }, { email: 'svc', apiToken: 'pw' }, undefined],
    ['email and apiToken', { email: 'svc', apiToken: 'pw' }, { email: 'svc', apiToken: 'pw' }, { apiToken: 'pw' }],
    ['token', { token: 't' }, { personalAccessToken: 't' }, { apiToken: 't' }],
    ['apiKey', { apiKey: 'k' }, { personalAccessToken: 'k' }, { apiToken: 'k' }],
    ['accessToken', { accessToken: 't' }, { personalAccessToken: 't' }, { apiToken: 't' }],
    [
      'key+header',
      { key: 'k', header: 'authorization', prefix: 'Bearer' },
      { personalAccessToken: 'k' },
      { apiToken: 'k' },
    ],
    ['key+another header', { key: 'k', header: 'X-Api-Key' }, undefined, undefined],
    [
      'customHeaders',
      { customHeaders: { Accept: 'x', Authorization: 'Bearer t' } },
      { personalAccessToken: 't' },
      { apiToken: 't' },
    ],
    [
      'customHeaders with Basic',
      { customHeaders: { Authorization: `Basic ${basic}` } },
      { email: 'svc', apiToken: 'pw' },
      undefined,
    ],
    ['nested', { credentials: { username: 'svc', password: 'pw' } }, { email: 'svc', apiToken: 'pw' }, undefined],
    ['JSON in text', '{"token":"t"}', { personalAccessToken: 't' }, { apiToken: 't' }],
    [
      'sslConfig',
      { token: 't', sslConfig: { rejectUnauthorized: false } },
      { personalAccessToken: 't', tls: { verify: false } },
      { apiToken: 't', tls: { verify: false } },
    ],
  ])('%s goes where the plugin has a scheme for it', (_, shape, inJira, inFortigate) => {
    for (const [manifest, config] of [
      [JIRA, inJira],
      [FORTIGATE, inFortigate],
    ] as const) {
      const filled = fillSignIn(manifest, readSignIn(shape) ?? {});
      expect(filled.fault === undefined ? filled.config : undefined, manifest.name).toEqual(config);
    }
  });

  test.each([[['a']], ['no json'], [7]])('%j is none at all', (shape) => {
    expect(readSignIn(shape)).toBeUndefined();
  });
});

describe('secrets of rows', () => {
  test('are taken out of a sign-in whatever they are called, and elsewhere by their names', () => {
    const row = {
      base_url: 'https://ops:p%40ss@vendor.example/x',
      auth_config: {
        username: 'svc',
        whatever: 's1',
        nested: { deep: ['s2'] },
        customHeaders: { 'X-Own': 's3', Accept: 'a' },
      },
      metadata: { projectKey: 'ACME', apiToken: 's4', board: { client_secret: 's5' } },
      connection_config: '{"password": "s6", "timeout": 7}',
      broken: '{"password": "s7"',
    };
    const { masked, secrets } = takeRowSecrets(row);
    expect(Object.fromEntries(secrets)).toEqual({
      '/base_url': 'p@ss',
      '/auth_config/whatever': 's1',
      '/auth_config/nested/deep/0': 's2',
      '/auth_config/customHeaders/X-Own': 's3',
      '/metadata/apiToken': 's4',
      '/metadata/board/client_secret': 's5',
      '/connection_config/password': 's6',
      '/broken': '{"password": "s7"',
    });
    expect(JSON.stringify(masked)).not.toMatch(/s[1-7]|p%40ss/);
    expect(masked).toMatchObject({ metadata: { projectKey: 'ACME' }, connection_config: { timeout: 7 } });
  });

  test('a row that has been masked has none, and stays as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const { masked } = takeRowSecrets({ auth_config: document, metadata: document });
        const again = takeRowSecrets(masked);
        expect(again.secrets.size).toBe(0);
        expect(again.masked).toEqual(masked);
      }),
    );
  });
});

describe('what was asked', () => {
  const ask = (manifest: PluginManifest, query: string, more: object = {}) => {
    const question = questionOf(manifest, { query, parameters: {}, ...more });
    return question.kind === 'none' ? question.reason : [question.kind, question.query, question.params];
  };

  test.each([
    ['duedate < now() AND statusCategory != Done', ['default', 'overdue', {}]],
    ['resolution = Unresolved  and DUE<now() order by due desc', ['default', 'overdue', {}]],
    [
      'project in (ACME, "GLX") AND statusCategory != "Done"',
      ['default', 'open_by_status', { projects: ['ACME', 'GLX'] }],
    ],
    [
      'statusCategory != Done OR assignee is EMPTY',
      ['custom', 'jql', { jql: 'statusCategory != Done OR assignee is EMPTY' }],
    ],
    ['text ~ "a AND b ORDER BY c"', ['custom', 'jql', { jql: 'text ~ "a AND b ORDER BY c"' }]],
    ['project = ${projectKey}', ['custom', 'jql', { jql: 'project = ${client.jiraProjectKey}' }]],
    [
      'https://jira.example/rest/api/2/search?jql=assignee%20is%20empty%20and%20priority%20in%20(High,Highest)',
      ['custom', 'jql', { jql: 'assignee is empty and priority in (High,Highest)' }],
    ],
    ['/rest/api/3/field', 'query_unknown'],
  ])('of Jira: %s', (query, expected) => {
    expect(ask(JIRA, query)).toEqual(expected);
  });

  test('a search that is posted is one, and nothing else that is', () => {
    expect(ask(JIRA, '/rest/api/2/search', { method: 'POST', parameters: { jql: 'labels = x' } })).toEqual([
      'custom',
      'jql',
      { jql: 'labels = x' },
    ]);
    expect(ask(JIRA, '/rest/api/2/issue', { method: 'post' })).toBe('query_writes');
    expect(ask(FORTIGATE, '/api/v2/monitor/system/status', { method: 'DELETE' })).toBe('query_writes');
  });

  test.each([
    ['/api/v2/monitor/system/status', ['default', 'system_status', {}]],
    ['https://fw.example:8443//api/v2/monitor/system/status/', ['default', 'system_status', {}]],
    ['monitor/vpn/ipsec?vdom=root', ['default', 'vpn_ipsec', { vdom: 'root' }]],
    [
      '/api/v2/monitor/vpn/ipsec?vdom=root&count=5',
      ['custom', 'get', { path: '/api/v2/monitor/vpn/ipsec?count=5', vdom: 'root' }],
    ],
    ['/api/v2/cmdb/firewall/address', ['custom', 'get', { path: '/api/v2/cmdb/firewall/address' }]],
  ])('of a FortiGate: %s', (query, expected) => {
    expect(ask(FORTIGATE, query)).toEqual(expected);
  });

  test('the id of a default query, with dashes too', () => {
    expect(questionOf(JIRA, { queryId: 'open-by-status', parameters: { projects: ['A'], other: 1 } })).toEqual({
      ...{ kind: 'default', query: 'open_by_status', params: { projects: ['A'] } },
    });
  });

  test('a JQL never loses a condition on its way into one form', () => {
    const condition = fc.constantFrom(
      'labels = a',
      'status = "In AND out"',
      'assignee is EMPTY',
      'created >= -7d',
      'x in (1, 2)',
    );
    fc.assert(
      fc.property(fc.uniqueArray(condition, { minLength: 1 }), fc.boolean(), (conditions, ordered) => {
        const form = jqlForm(`${conditions.join(' AND ')}${ordered ? ' ORDER BY key' : ''}`);
        expect(form?.conditions).toHaveLength(conditions.length);
      }),
    );
  });
});

describe('ids in dashboards', () => {
  const places = new Map([
    ['1', { plugin: 'jira', instanceIds: ['acme-jira'] }],
    ['2', { plugin: 'fortigate', instanceIds: ['a', 'b'] }],
    ['3', { plugin: 'jira', instanceIds: [] }],
  ]);
  const rewrite = (document: unknown) =>
    rewriteSystemIds(document, (kind, id) => (kind === 'system' ? places.get(id) : undefined));

  test('become plugin and instances wherever they hide', () => {
    const { document, flags, rewritten } = rewrite({
      a: [{ systemId: 1 }, { config: { externalSystemId: '2' } }],
      integrationEngineSystemId: 3,
      integrationEngineData: { originalWidget: { systemId: 1, keep: 'me' } },
      dataSourceId: 9,
      systemIdea: 1,
    });
    expect(document).toEqual({
      a: [
        { pluginName: 'jira', instanceId: 'acme-jira' },
        { config: { pluginName: 'fortigate', instanceIds: ['a', 'b'] } },
      ],
      pluginName: 'jira',
      integrationEngineData: { originalWidget: { pluginName: 'jira', instanceId: 'acme-jira', keep: 'me' } },
      dataSourceId: 9,
      systemIdea: 1,
    });
    expect({ flags, rewritten }).toEqual({ flags: [{ pointer: '/dataSourceId', id: '9' }], rewritten: 4 });
  });

  test('every id is rewritten or flagged, and nothing else is touched', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const key = fc.constantFrom('systemId', 'externalSystemId', 'title', 'config', 'cards');
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('document'), { maxLength: 3 }),
        fc.dictionary(key, tie('document'), { maxKeys: 4 }),
      ),
    }));
    const idsIn = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : Object.entries(value).reduce(
            (sum, [name, item]) =>
              sum +
              idsIn(item) +
              Number(
                name.endsWith('ystemId') &&
                  !Array.isArray(value) &&
                  (Number.isInteger(item) || (typeof item === 'string' && item.trim() !== '')),
              ),
            0,
          );
    fc.assert(
      fc.property(document, (value) => {
        const { flags, rewritten, document: next } = rewrite(value);
        expect(rewritten + flags.length).toBe(idsIn(value));
        expect(rewrite(next).rewritten).toBe(0);
      }),
    );
  });
});

describe('parameters of clients', () => {
  test.each([
    [['jira', 'externalIdentifier'], 'jiraIdentifier'],
    [['jira', 'project_key'], 'jiraProjectKey'],
    [['jira', 'board', 'id'], 'jiraBoardId'],
    [['my-siem', 'tenant id'], 'mySiemTenantId'],
  ])('%j is %s', ([plugin = '', ...path], name) => {
    expect(parameterNameOf(plugin, ...path)).toBe(name);
  });

  test('lists of values are text, and what can be no parameter is named', () => {
    expect(flatParameters('jira', { a: ['x', 2], b: { c: true, d: null }, e: [{}], f: 'x'.repeat(5000) })).toEqual({
      parameters: { jiraA: 'x,2', jiraBC: true },
      left: ['/e', '/f'],
    });
  });
});

describe('cells', () => {
  test('camelCase columns are the same as snake_case ones, which count when both are there', () => {
    expect(snakeRow({ systemId: 1, system_id: 2, isActive: true, name: null })).toEqual({
      system_id: 2,
      is_active: true,
      name: null,
    });
    expect(snakeRow({ systemId: 1, system_id: null })).toEqual({ system_id: 1 });
  });

  test('JSON is read in text, written twice over too, and what is broken is said to be', () => {
    expect(jsonOf('"{\\"a\\":1}"')).toEqual({ kind: 'value', value: { a: 1 } });
    expect(jsonOf('{"a":')).toEqual({ kind: 'broken', text: '{"a":' });
    expect(['', null, undefined].map(jsonOf)).toEqual([{ kind: 'none' }, { kind: 'none' }, { kind: 'none' }]);
  });
});
