import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileSchema } from '../../host/src/schema.ts';
import { accessIn, API_SPEC, describeRoutes, REFRESH } from '../../scripts/api-spec.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';

let place: TestDatabase;
let host: TestHost;
beforeAll(async () => {
  place = await server.open();
  host = await startTestHost(place);
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** Every `$ref` below a value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : referencesIn(item)));
}

test('every reference in the OpenAPI document leads to something in it', async () => {
  const { body } = await host.api.call('GET', '/api/openapi.json');
  const references = referencesIn(body);
  expect(references).toContain('#/components/schemas/QueryResult');
  const broken = references.filter((reference) => {
    const [start, ...path] = reference.split('/');
    let value: unknown = body;
    for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
    return start !== '#' || value === undefined;
  });
  expect(broken).toEqual([]);
});

interface Operation {
  readonly parameters?: readonly { readonly schema: object | boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object | boolean }>> };
}

test('every schema of what a route takes compiles, also of one that nobody has called yet', async () => {
  const { body } = await host.api.call<{ paths: Record<string, Record<string, Operation>> }>(
    'GET',
    '/api/openapi.json',
  );
  const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
  const taken = operations.flatMap(({ parameters = [], requestBody }) => [
    ...parameters.map(({ schema }) => schema),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => schema ?? []),
  ]);
  expect(taken.length).toBeGreaterThan(50);
  for (const value of taken) expect(() => compileSchema({ type: 'object', properties: { value } })).not.toThrow();
});

test('no route has disappeared or changed who may call it, and tests/generated/api-spec.md describes what there is', () => {
  const committed = readFileSync(API_SPEC, 'utf8');
  const current = describeRoutes(host.host.app.declaredRoutes);
  const [before, now] = [accessIn(committed), accessIn(current)];
  expect(Object.keys(before).length).toBeGreaterThan(90);
  const was = (route: string): string => `${route} was for ${before[route]} and is ${now[route] ?? 'gone'}`;
  const changed = Object.keys(before).filter((route) => before[route] !== now[route]);
  expect(changed.map(was), `on purpose? Then run \`${REFRESH}\``).toEqual([]);
  expect(current, `tests/generated/api-spec.md is stale: run \`${REFRESH}\` and commit the result`).toBe(committed);
});
