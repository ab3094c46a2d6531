// Every call the plugin makes to Cloud, checked against Atlassian's OpenAPI document. JACKFIELD_FIXTURES names the folder that has it.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contextOf, queries, runQuery, startSite } from './site.ts';
import plugin from '../src/plugin.ts';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
}
interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const { JACKFIELD_FIXTURES } = process.env;

test.skipIf(JACKFIELD_FIXTURES === undefined)('every call to Cloud is legal by its OpenAPI document', async () => {
  const file = join(JACKFIELD_FIXTURES ?? '', 'jira/openapi-jira-cloud-2025-12.json');
  const document: OpenApi = JSON.parse(readFileSync(file, 'utf8'));
  // Formats like int32 and OpenAPI's own keywords are not JSON Schema's.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, coerceTypes: false });
  ajv.addSchema({ $id: 'jira', components: document.components });
  const isLegal = (schema: object, value: unknown): boolean =>
    ajv.validate(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"jira#/')), value);

  await using site = await startSite({ deployment: 'cloud', issues: 400 });
  await plugin.check?.(contextOf(site));
  for (const id of Object.keys(queries)) await runQuery(site, id, { projects: ['SOC', 'NET'] });

  let checked = 0;
  for (const { method, path, body } of site.requests) {
    const url = new URL(path, site.url);
    // Jira Service Management has a document of its own.
    if (url.pathname.startsWith('/rest/servicedeskapi/')) continue;
    // Version 2 of the API has this operation unchanged.
    const template = url.pathname.replace('/rest/api/2/serverInfo', '/rest/api/3/serverInfo');
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${url.pathname} is not in the document`);
    const declared =
      operation.parameters?.filter((parameter) => parameter.in === 'query').map(({ name }) => name) ?? [];
    for (const name of url.searchParams.keys()) expect(declared, path).toContain(name);
    const schema = operation.requestBody?.content['application/json'].schema;
    const legal = schema ? isLegal(schema, body) : body === undefined;
    expect(legal, `${path}: ${ajv.errorsText()}`).toBe(true);
    checked++;
  }
  expect(checked).toBeGreaterThan(Object.keys(queries).length);
  expect(isLegal({ $ref: '#/components/schemas/SearchAndReconcileRequestBean' }, { jql: 'x', startAt: 0 })).toBe(false);
});
