import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillPlaceholders } from '../../host/src/clients/index.ts';
import { problemOf } from '../instances/fixture.ts';
import { hostileParameter } from './hostile-values.ts';

const schema = {
  type: 'object',
  properties: { path: { type: 'string', contentMediaType: 'application/x-url-path' } },
} as const;
const place = { instanceId: 'acme-fw', clientId: 'acme' };

const fill = (path: string, x: string | number | boolean): string =>
  fillPlaceholders(schema, { path }, { x }, place)['path'] as string;

/** A path in pieces: `*` is where the value goes. */
interface Shape {
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
}

const literal = fc.constantFrom('monitor', 'v2', 'a', 'system', '', '.', '..', 'a.b', 'x:y', '~', '%20', '%2F', '@');
const withValue = fc.tuple(literal, literal).map(([a, b]) => `${a}*${b}`);
const segment = fc.oneof(
  fc.constantFrom('api', 'v2', 'a.b', 'x:y', '~', '%20', '%2F', '@'),
  fc.constant('*'),
  fc.constant('**'),
  withValue.filter((text) => !text.startsWith('%2*')),
);
const shape: fc.Arbitrary<Shape> = fc.record({
  segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
  query: fc.array(
    fc.tuple(fc.constantFrom('vdom', 'filter', 'k*', 'format'), fc.constantFrom('*', 'name==*', 'a', '')),
    { maxLength: 3 },
  ),
});

const written = ({ segments, query }: Shape): string => {
  const search = query.map(([key, value]) => `${key}=${value}`).join('&');
  return `/${segments.join('/')}${search === '' ? '' : `?${search}`}`;
};

function unlessRefused(work: () => string): string | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

test('a value is refused, or the path has exactly the segments and the query that were meant', () => {
  let filledOnes = 0;
  fc.assert(
    fc.property(shape, hostileParameter, (shape, value) => {
      const text = String(value);
      const put = (piece: string): string => piece.split('*').map(decodeURIComponent).join(text);
      const wanted = shape.segments.map(put);
      const isDot = (piece: string): boolean => /^(\.|%2e){0,2}$/i.test(piece);
      const mustRefuse =
        (!text.isWellFormed() && written(shape).includes('*')) ||
        shape.segments.some(
          (piece) => piece.includes('*') && isDot(piece.replaceAll('*', () => text)) && text.length < 3,
        );
      const filled = unlessRefused(() => fill(written(shape).replaceAll('*', '${client.x}'), value));
      expect(filled === undefined, `${written(shape)} with ${JSON.stringify(value)}`).toBe(mustRefuse);
      if (filled === undefined) return;
      filledOnes += 1;
      const url = new URL(filled, 'https://vendor.example');
      expect(url.origin).toBe('https://vendor.example');
      expect(url.pathname.split('/').slice(1).map(decodeURIComponent)).toEqual(wanted);
      expect([...url.searchParams]).toEqual(shape.query.map(([key, item]) => [put(key), put(item)]));
      expect(url.hash).toBe('');
    }),
    { numRuns: 5000 },
  );
  expect(filledOnes).toBeGreaterThan(1000);
});

test.each([
  ['/api/${client.x}/list', '.'],
  ['/api/${client.x}/list', '..'],
  ['/api/.${client.x}/list', '.'],
  ['/api/%2e${client.x}/list', '.'],
  ['/api/${client.x}/list', ''],
  ['/${client.x}/evil.example', ''],
  ['/api/.${client.x}', ''],
  ['/api/%${client.x}', '2e'],
  ['/api/%2${client.x}', 'e'],
  ['/api/%${client.x}', '2f'],
  ['/api/%2${client.x}', 'f'],
  ['/api/%\t${client.x}', '2f'],
  ['https://${client.x}/api', 'evil.example'],
  ['/api/${client.x}', '\ud800'],
])('%s takes no %j', async (path, value) => {
  const problem = await problemOf(Promise.try(() => fill(path, value)));
  expect(problem).toMatchObject({ code: 'params_invalid', options: { errors: [{ pointer: '/params/path' }] } });
});

test('typed values are text in a path', () => {
  expect(fill('/v/${client.x}?n=${client.x}', 1.5)).toBe('/v/1.5?n=1.5');
  expect(fill('${client.x}', 'a/b')).toBe('a%2Fb');
});
