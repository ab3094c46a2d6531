import { expect, test } from 'vitest';
import { compileSchema } from '../../host/src/schema.ts';
import { embedded } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';

/** Every `$ref` below a value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : referencesIn(item)));
}

test('every reference in the OpenAPI document leads to something in it', async () => {
  await using place = await embedded.open();
  await using host = await startTestHost(place);
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
  await using place = await embedded.open();
  await using host = await startTestHost(place);
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
