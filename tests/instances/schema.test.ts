import fc from 'fast-check';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { configSchemaOf } from '../../host/src/instances/index.ts';
import { compileSchema, toFieldErrors } from '../../host/src/schema.ts';
import { faultsOf, pluginVersion } from './fixture.ts';

const one = (property: object): object => ({ type: 'object', properties: { value: property } });
const elapsed = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

describe('a schema that a plugin brings', () => {
  test.each(['^(a+)+$', '(a|a)*b', '([a-z]+)*[0-9]', '(x+x+)+y'])(
    'with the pattern %s answers hostile input at once',
    (pattern) => {
      const validate = compileSchema(one({ type: 'string', pattern }));
      const hostile = `${'a'.repeat(50_000)}${'x'.repeat(50_000)}!`;
      expect(elapsed(() => expect(validate({ value: hostile })).toBe(false))).toBeLessThan(1_000);
    },
  );

  test.each([
    'uri',
    'uri-reference',
    'email',
    'hostname',
    'ipv4',
    'ipv6',
    'date-time',
    'uri-template',
    'duration',
    'regex',
  ])('with the format %s answers hostile input at once', (format) => {
    const validate = compileSchema(one({ type: 'string', format }));
    for (const unit of ['a', 'a.', 'a@', ':', '1', '%41', '-', '(', '{a}', 'http://']) {
      expect(elapsed(() => validate({ value: `${unit.repeat(20_000)} ` }))).toBeLessThan(1_000);
    }
  });

  test('matches a pattern as JavaScript does', () => {
    const patterns = [
      '^[a-z]+$',
      '^https?:\\/\\/',
      '\\d{2,4}-\\w',
      '[^\\]x]$',
      '^\\u0041',
      '(?<n>a)|b',
      '^$',
      '\\p{L}',
      '^.$',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...patterns),
        fc.string({ maxLength: 6, unit: fc.constantFrom(...Array.from('ab]x1-Ah/:é\n')) }),
        (pattern, value) => {
          const validate = compileSchema(one({ type: 'string', pattern }));
          expect(validate({ value })).toBe(new RegExp(pattern, 'u').test(value));
        },
      ),
    );
  });

  test('keeps patterns apart', () => {
    const properties = { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } };
    const validate = compileSchema({ type: 'object', properties });
    expect([validate({ a: 'a', b: 'b' }), validate({ a: 'b', b: 'b' }), validate({ a: 'a', b: 'a' })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each([
    ['an unknown keyword', { type: 'object', secretly: true }, /unknown keyword/],
    ['an unknown format', one({ type: 'string', format: 'mood' }), /unknown format/],
    ['a pattern that cannot be linear', one({ type: 'string', pattern: '(a)\\1' }), /invalid escape/],
    ['a reference to elsewhere', one({ $ref: 'https://evil.example/schema.json' }), /can't resolve reference/],
    ['a validator that answers later', { $async: true, ...one({}) }, /\$async/],
    ['no meaning', { type: 'thing' }, /schema is invalid/],
  ])('with %s is refused', (_, schema, reason) => {
    expect(() => compileSchema(schema)).toThrow(reason);
  });

  test('says what is wrong at the property itself', () => {
    const validate = compileSchema({
      type: 'object',
      required: ['a/b', 'constructor'],
      additionalProperties: false,
      propertyNames: { maxLength: 20 },
      properties: {
        'a/b': {},
        list: { type: 'array', items: { enum: ['x', 1] } },
        inner: { type: 'object', dependentRequired: { p: ['q'] }, properties: { p: {}, q: {} } },
        fixed: { const: 'v' },
      },
    });
    validate({ 'x~y': 1, ['n'.repeat(21)]: 1, list: ['x', 'y'], inner: { p: 1 }, fixed: 'w' });
    expect(toFieldErrors(validate.errors, '/config')).toEqual(
      expect.arrayContaining([
        { pointer: '/config/a~1b', message: 'is required' },
        { pointer: '/config/constructor', message: 'is required' },
        { pointer: '/config/x~0y', message: 'is not known here' },
        { pointer: `/config/${'n'.repeat(21)}`, message: 'has a name that must NOT have more than 20 characters' },
        { pointer: '/config/list/1', message: 'must be one of "x", 1' },
        { pointer: '/config/inner/q', message: 'is required' },
        { pointer: '/config/fixed', message: 'must be "v"' },
      ]),
    );
  });

  test('turns text into numbers and booleans only when asked to', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' }, b: { type: 'boolean' } } };
    const [strict, lenient] = [compileSchema(schema), compileSchema(schema, { coerce: true })];
    const input = { n: '5', b: 'true' };
    expect(strict({ ...input })).toBe(false);
    expect(lenient(input)).toBe(true);
    expect(input).toEqual({ n: 5, b: true });
  });
});

describe('a config', () => {
  const schema = configSchemaOf(pluginVersion());
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const plain = ajv.compile(pluginVersion().manifest.config);

  test('is valid exactly when the plugin’s schema says so', async () => {
    const fitting = fc.record(
      {
        baseUrl: fc.webUrl(),
        email: fc.string({ maxLength: 100 }),
        apiToken: fc.string({ minLength: 8, maxLength: 20 }),
        pageSize: fc.integer({ min: 1 }),
        labels: fc.dictionary(fc.string(), fc.string()),
        projects: fc.array(fc.string()),
      },
      { requiredKeys: ['baseUrl'] },
    );
    const anything = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.oneof(fc.string(), fc.integer())),
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
    );
    const field = fc.constantFrom(...Object.keys(pluginVersion().manifest.config.properties));
    const replaced = fc.dictionary(field, anything, { maxKeys: 2 });
    const config = fc.tuple(fitting, fc.option(replaced, { nil: {} })).map(([fits, other]) => ({ ...fits, ...other }));
    const verdicts = { valid: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(config, async (input) => {
        const before = structuredClone(input);
        const fits = plain(structuredClone(input));
        // The host is stricter than the schema here: any URI fits the schema, only http is an address.
        fc.pre(!fits || /^https?:/.test(String(input['baseUrl'])));
        verdicts[fits ? 'valid' : 'invalid'] += 1;
        const outcome = await Promise.try(() => schema.parse(input)).then(
          ({ visible, secrets }) => ({ ...visible, ...Object.fromEntries(secrets) }),
          async (error: unknown) => {
            const faults = await faultsOf(Promise.reject(error));
            return faults.length > 0 && faults.every(({ pointer }) => pointer.startsWith('/config/'));
          },
        );
        expect(outcome).toEqual(fits ? { pageSize: 50, ...input } : true);
        expect(input).toEqual(before);
      }),
      { numRuns: process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 100_000 : 1_000 },
    );
    expect(Math.min(verdicts.valid, verdicts.invalid), 'the inputs were all of one kind').toBeGreaterThan(100);
  }, 300_000);

  test('may have fields of its own when the author says so', () => {
    const open = configSchemaOf(
      pluginVersion({ config: { ...pluginVersion().manifest.config, additionalProperties: true } }),
    );
    expect(open.parse({ baseUrl: 'https://a.example', other: 1 }).visible['other']).toBe(1);
  });

  test('of a plugin without a base URL has none', () => {
    const bare = configSchemaOf(
      pluginVersion({
        network: { baseUrl: null, hosts: [] },
        config: { type: 'object', properties: { key: { type: 'string', writeOnly: true } } },
      }),
    );
    expect(bare.parse({ key: 'value' })).toEqual({
      visible: {},
      secrets: new Map([['key', 'value']]),
      baseUrl: null,
    });
  });
});
