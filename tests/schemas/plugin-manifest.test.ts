import { validatePluginManifest } from '@jackfield/schemas';
import { tlsConfig } from '@jackfield/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed, readSchema } from './schemas.ts';

const [sound = {}] = readSchema('plugin-manifest.schema.json').examples;
const query = {
  title: 'T',
  params: { type: 'object', properties: {} },
  columns: [{ name: 'a', type: 'string' }],
  cacheMs: 0,
};
const oauth2 = {
  type: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'baseUrl',
  clientId: 'baseUrl',
  clientSecret: 'token',
};
const refresh = { ...oauth2, grant: 'refresh_token', refreshToken: 'token' };
const long = (length: number): string => 'a'.repeat(length);

function nested(depth: number): object {
  let value: object = { type: 'string' };
  for (let level = 0; level < depth; level += 1) value = { type: 'array', items: value };
  return value;
}

/** Each level refers twice to the next: 2^20 visits from 40 references. */
function multiplying(): object {
  const level = (n: number): object => ({ allOf: [{ $ref: `#/$defs/l${n + 1}` }, { $ref: `#/$defs/l${n + 1}` }] });
  const levels = Array.from({ length: 20 }, (_, n) => [`l${n}`, level(n)]);
  return { ...Object.fromEntries(levels), l20: { type: 'string' } };
}

const manyFields = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, { type: 'string' }]));
const manyForms = { anyOf: Array.from({ length: 6000 }, () => ({ type: 'string' })) };

/** What is broken, where it is put, what is put there, and where the finding points when that is another place. */
const broken: readonly (readonly [string, string, unknown, string?])[] = [
  ['no API version', '/apiVersion', undefined],
  ['an API version of the future', '/apiVersion', 2],
  ['no name', '/name', undefined],
  ['a name in capitals', '/name', 'Jira'],
  ['a name with a Cyrillic letter', '/name', 'j\u0456ra'],
  ['a name with a zero-width space', '/name', 'jira\u200b'],
  ['a name that is a path', '/name', '../jira'],
  ['a name with a line break at its end', '/name', 'jira\n'],
  ['a name that objects have', '/name', 'constructor'],
  ['a display name of another type', '/displayName', 7],
  ['an empty display name', '/displayName', ''],
  ['a version that is none', '/version', '1.2'],
  ['a version with leading zeros', '/version', '1.02.0'],
  ['a version only the schema takes', '/version', '1.0.0-..'],
  ['a host range that is none', '/host', 'soon'],
  ['an icon that is a script', '/icon', 'data:text/html;base64,PHNjcmlwdD4='],
  ['an icon that is too large', '/icon', `data:image/png;base64,${long(70_000)}`],
  ['no config', '/config', undefined],
  ['a config that is no object schema', '/config/type', 'array'],
  ['a config without properties', '/config/properties', undefined],
  ['too many config fields', '/config/properties', manyFields],
  ['a config field with a dash', '/config/properties/base-url', { type: 'string' }],
  ['a config field named __proto__', '/config/properties/__proto__', { type: 'string' }],
  ['a config field named constructor', '/config/properties/constructor', { type: 'string' }],
  ['a config field that is no schema', '/config/properties/baseUrl', true],
  ['an unknown keyword', '/config/properties/baseUrl/secret', true, '/config'],
  ['an unknown format', '/config/properties/baseUrl/format', 'unheard-of', '/config'],
  ['a keyword of the wrong type', '/config/properties/baseUrl/maxLength', 'ten', '/config'],
  ['another dialect', '/config/$schema', 'http://json-schema.org/draft-07/schema#', '/config'],
  ['an asynchronous schema', '/config/$async', true],
  ['an address of its own', '/config/$id', 'https://example.com/config'],
  ['a remote $ref', '/config/properties/z', { $ref: 'https://example.com/s.json' }, '/config/properties/z/$ref'],
  ['a $ref to a file', '/config/properties/z', { $ref: 'file:///etc/passwd' }, '/config/properties/z/$ref'],
  [
    'a $ref to another schema of the host',
    '/config/properties/z',
    { $ref: 'problem.schema.json' },
    '/config/properties/z/$ref',
  ],
  ['a $ref to nowhere', '/config/properties/z', { $ref: '#/$defs/none' }, '/config/properties/z/$ref'],
  ['a $ref to itself', '/config/properties/z', { $ref: '#/properties/z' }, '/config/properties/z/$ref'],
  ['a $ref to the root', '/config/properties/z', { $ref: '#' }, '/config/properties/z/$ref'],
  [
    'two $refs to each other',
    '/config/$defs',
    { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    '/config/$defs/b/$ref',
  ],
  ['references that multiply', '/config/$defs', multiplying(), '/config'],
  ['a $dynamicRef', '/config/properties/z', { $dynamicRef: '#meta' }, '/config/properties/z/$dynamicRef'],
  ['a pattern with a back-reference', '/config/properties/baseUrl/pattern', '^(a+)+\\1$'],
  ['a pattern with look-ahead', '/config/properties/baseUrl/pattern', '^(?=(a+))b'],
  ['a pattern that is none', '/config/properties/baseUrl/pattern', '('],
  ['a pattern that repeats too often', '/config/properties/baseUrl/pattern', '(?:a{1000}){1000}'],
  ['a pattern without end', '/config/properties/baseUrl/pattern', long(1001)],
  [
    'a property pattern with a back-reference',
    '/config/patternProperties',
    { '(a)\\1': {} },
    '/config/patternProperties/(a)\\1',
  ],
  ['a schema nested without end', '/config/properties/z', nested(100), `/config/properties/z${'/items'.repeat(61)}`],
  ['a schema with too many forms', '/config/properties/z', manyForms, '/config'],
  [
    'a secret below the top level',
    '/config/properties/z',
    { type: 'object', properties: { x: { type: 'string', writeOnly: true } } },
    '/config/properties/z/properties/x/writeOnly',
  ],
  [
    'a secret that is no string',
    '/config/properties/z',
    { type: 'integer', writeOnly: true },
    '/config/properties/z/writeOnly',
  ],
  ['a secret with a default', '/config/properties/token/default', 'changeit'],
  ['a secret param', '/queries/incidents/params/properties/limit/writeOnly', true],
  ['a config version of zero', '/configVersion', 0],
  ['a migration that skips a version', '/migrations', [{ from: 1, to: 3 }], '/migrations/0/to'],
  ['a migration that ends before the config version', '/migrations', [{ from: 1, to: 2 }], '/migrations/0/to'],
  [
    'a gap between migrations',
    '/migrations',
    [
      { from: 1, to: 2 },
      { from: 3, to: 4 },
    ],
    '/migrations/1/from',
  ],
  ['an unknown kind of sign-in', '/auth/0/type', 'kerberos', '/auth/0'],
  ['a sign-in without its field', '/auth/0/token', undefined, '/auth/0'],
  ['a sign-in by a field that is not there', '/auth/0/token', 'apiToken'],
  ['a sign-in by a field that all objects have', '/auth/0/token', 'toString'],
  ['a sign-in by a field that is not secret', '/auth/0/token', 'baseUrl'],
  [
    'a password that is not secret',
    '/auth/0',
    { type: 'basic', username: 'baseUrl', password: 'baseUrl' },
    '/auth/0/password',
  ],
  [
    'a header name with a line break',
    '/auth/0',
    { type: 'apiKey', in: 'header', name: 'X\r\nY', value: 'token' },
    '/auth/0',
  ],
  ['OAuth 2 with an unknown grant', '/auth/0', { ...oauth2, grant: 'password' }, '/auth/0'],
  ['OAuth 2 without a client', '/auth/0', { ...oauth2, clientId: undefined }, '/auth/0'],
  ['a scope with a space', '/auth/0', { ...oauth2, scopes: ['a b'] }, '/auth/0'],
  ['a token URL in a field that is not there', '/auth/0', { ...oauth2, tokenUrl: 'url' }, '/auth/0/tokenUrl'],
  ['a token URL in a secret field', '/auth/0', { ...oauth2, tokenUrl: 'token' }, '/auth/0/tokenUrl'],
  ['a client secret that is not secret', '/auth/0', { ...oauth2, clientSecret: 'baseUrl' }, '/auth/0/clientSecret'],
  ['a refresh token that is not secret', '/auth/0', { ...refresh, refreshToken: 'baseUrl' }, '/auth/0/refreshToken'],
  ['the grant refresh_token without one', '/auth/0', { ...oauth2, grant: 'refresh_token' }, '/auth/0/refreshToken'],
  ['a refresh token for another grant', '/auth/0', { ...oauth2, refreshToken: 'token' }, '/auth/0/refreshToken'],
  ['TLS settings in a field that is not there', '/network/tls', 'tls'],
  ['TLS settings in a field that is no object', '/network/tls', 'baseUrl'],
  [
    'a client certificate whose key is no secret',
    '/network/clientCertificate',
    { certificate: 'token', key: 'baseUrl' },
    '/network/clientCertificate/key',
  ],
  [
    'a client certificate in a field that is not there',
    '/network/clientCertificate',
    { certificate: 'cert', key: 'token' },
    '/network/clientCertificate/certificate',
  ],
  ['a base URL in a field that is not there', '/network/baseUrl', 'url'],
  ['a base URL in a secret field', '/network/baseUrl', 'token'],
  ['a base URL in a field that is no string', '/config/properties/baseUrl/type', 'integer', '/network/baseUrl'],
  ['a host with a scheme', '/network/hosts/0', 'https://api.example.com'],
  ['a host with a port', '/network/hosts/0', 'api.example.com:8080'],
  ['a host that is an address', '/network/hosts/0', '169.254.169.254'],
  ['every host', '/network/hosts/0', '*'],
  ['the same host twice', '/network/hosts', ['a.example.com', 'a.example.com']],
  ['memory of a fraction', '/limits/memoryMb', 64.5],
  ['memory without measure', '/limits/memoryMb', 1_000_000],
  ['a concurrency of zero', '/rateLimits/concurrency', 0],
  ['a rate without a burst', '/rateLimits/rate', { requests: 5, perMs: 1000 }, '/rateLimits/rate/burst'],
  ['a rate of nothing', '/rateLimits/rate', { requests: 0, perMs: 1000, burst: 1 }, '/rateLimits/rate/requests'],
  ['a query id in capitals', '/queries/Incidents', query],
  ['a query id that is a pointer', '/queries/a~1b', query, '/queries/a~01b'],
  ['a query without columns', '/queries/incidents/columns', []],
  ['a column of an unknown type', '/queries/incidents/columns/0/type', 'money'],
  ['two columns of one name', '/queries/incidents/columns/1/name', 'title'],
  ['a column that objects have', '/queries/incidents/columns/1/name', 'constructor'],
  ['a cache time of text', '/queries/incidents/cacheMs', '60s'],
  ['a cache time below zero', '/queries/incidents/cacheMs', -1],
  [
    'a query without columns that says they come',
    '/queries/incidents/dynamicColumns',
    true,
    '/queries/incidents/columns',
  ],
  ['a role nobody has', '/queries/incidents/role', 'root'],
  ['a stream whose key is no column', '/streams/incidents/primaryKey/0', 'key'],
  ['a stream whose version is no column', '/streams/incidents/version', 'changed'],
  ['a census that the stream does not have', '/streams/incidents/deletion', 'census', '/streams/incidents/census'],
  ['a column of the table itself', '/streams/incidents/columns/1/name', 'Synced_At'],
  [
    'columns that differ in case only',
    '/streams/incidents/columns/1/name',
    'Updated',
    '/streams/incidents/columns/2/name',
  ],
  ['a stream read without pause', '/streams/incidents/everyMs', 0],
  ['a route that leaves its place', '/routes/webhook/path', '/../other'],
  ['a route that nothing verifies', '/routes/webhook/verify', []],
  ['a route whose secret can be read', '/routes/webhook/verify/0/secret', 'baseUrl'],
  ['a route whose secret is not there', '/routes/webhook/verify/0/secret', 'key'],
  ['a route that changes a stream of nobody', '/routes/webhook/streams/0', 'tickets'],
  ['a widget that shows nothing', '/widgets/incidents/query', undefined, '/widgets/incidents'],
  ['a widget of a query that is not there', '/widgets/incidents/query', 'others'],
  [
    'a widget of a column that is not there',
    '/widgets/incidents/columns',
    ['title', 'colour'],
    '/widgets/incidents/columns/1',
  ],
  ['a widget of a stream that is not there', '/widgets/incident_count/view/stream', 'tickets'],
  ['a view with params', '/widgets/incident_count/params', { a: 1 }],
  [
    'a sum of nothing',
    '/widgets/incident_count/view/measures/0/fn',
    'sum',
    '/widgets/incident_count/view/measures/0/column',
  ],
  [
    'a condition on no column',
    '/widgets/incident_count/view/where',
    [{ column: 'x', op: 'null' }],
    '/widgets/incident_count/view/where/0/column',
  ],
  [
    'a condition without a value',
    '/widgets/incident_count/view/where',
    [{ column: 'id', op: 'eq' }],
    '/widgets/incident_count/view/where/0',
  ],
  [
    'an order by what is not answered',
    '/widgets/incident_count/view/orderBy',
    [{ column: 'id' }],
    '/widgets/incident_count/view/orderBy/0',
  ],
  ['a job that asks for a field that is not there', '/jobs/contract_reminders/requires/0', 'project'],
  ['a job that nothing starts', '/jobs/contract_reminders/trigger', 'always'],
  ['a bundle elsewhere', '/bundle/file', '../../evil.js'],
  ['a hash in capitals', '/bundle/sha256', 'A'.repeat(64)],
  ['a bundle larger than a host takes', '/bundle/bytes', 30_000_000],
];

const cases = broken.map(([what, place, value, pointer = place]) => ({ what, place, value, pointer }));

const isObjectSchema = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'object' && 'properties' in value;

describe('a plugin manifest', () => {
  it.each(cases)('with $what is refused at that place', ({ place, value, pointer }) => {
    expect(validatePluginManifest(changed(sound, place, value))).toEqual([
      { pointer, message: expect.stringMatching(/\S/) },
    ]);
  });

  it.each([null, 7, 'text', [], true, undefined])('that is %j is refused at its root', (value) => {
    expect(validatePluginManifest(value)).toEqual([{ pointer: '', message: 'must be object' }]);
  });

  it('may share a definition between fields and ask for one of several', () => {
    const config = {
      type: 'object',
      $defs: { text: { type: ['string', 'null'], pattern: '^[^\\s]+$' } },
      anyOf: [{ required: ['token'] }, { required: ['a'] }],
      properties: {
        baseUrl: { type: 'string', format: 'uri' },
        token: { type: 'string', writeOnly: true },
        a: { $ref: '#/$defs/text' },
        b: { $ref: '#/$defs/text' },
      },
    };
    expect(validatePluginManifest({ ...sound, config })).toEqual([]);
  });

  it('may sign in with OAuth 2 by either grant', () => {
    const auth = [refresh, { ...oauth2, scopes: ['read:jira-work', 'offline_access'] }];
    expect(validatePluginManifest({ ...sound, auth })).toEqual([]);
  });

  const withTls = (members: object): object => {
    const tls = { type: 'object', additionalProperties: false, properties: members };
    return changed(changed(sound, '/config/properties/tls', tls), '/network/tls', 'tls');
  };

  it('may name TLS settings that leave some out, and none that the host does not know', () => {
    expect(validatePluginManifest(withTls(tlsConfig.properties))).toEqual([]);
    expect(validatePluginManifest(withTls({ caPem: { type: 'string' } }))).toEqual([]);
    const at = '/config/properties/tls/properties';
    expect(validatePluginManifest(withTls({ insecure: { type: 'boolean' } }))).toEqual([
      { pointer: `${at}/insecure`, message: 'is none of verify, caPem, fingerprint256, serverName' },
    ]);
    expect(validatePluginManifest(withTls({ verify: { type: 'string' } }))).toEqual([
      { pointer: `${at}/verify`, message: 'must be of type boolean' },
    ]);
  });

  it('may have a default or an enum that looks like a reference', () => {
    const properties = { z: { enum: [{ $ref: 'https://example.com' }], default: { $ref: 'https://example.com' } } };
    const params = { type: 'object', additionalProperties: false, properties };
    expect(validatePluginManifest(changed(sound, '/queries/incidents/params', params))).toEqual([]);
  });

  it('of any JSON is answered with findings, never with an error', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(validatePluginManifest(JSON.parse(text)).length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('with any JSON as its config or params is answered within a second, and accepted only as an object schema', () => {
    const place = fc.constantFrom('/config', '/queries/incidents/params', '/config/properties/z');
    fc.assert(
      fc.property(place, fc.jsonValue({ maxDepth: 5 }), (pointer, value) => {
        const started = performance.now();
        const findings = validatePluginManifest(changed(sound, pointer, value));
        expect(performance.now() - started).toBeLessThan(1000);
        expect(findings.length > 0 || pointer === '/config/properties/z' || isObjectSchema(value)).toBe(true);
        for (const finding of findings) expect(finding.pointer).toMatch(/^(\/|$)/);
      }),
      { numRuns: 1000 },
    );
  });
});
