// What tests/generated/api-spec.md says: every route that the router has, so that a change of the API is seen in its diff.
import { join } from 'node:path';
import type { FastifySchema } from 'fastify';
import type { DeclaredRoute } from '../host/src/http/index.ts';

export const API_SPEC: string = join(import.meta.dirname, '../tests/generated/api-spec.md');
export const REFRESH = 'npm run generate';

/** With what @fastify/swagger adds. */
interface Schema extends FastifySchema {
  readonly deprecated?: boolean;
  readonly consumes?: readonly string[];
}

interface Route extends Omit<DeclaredRoute, 'schema'> {
  readonly schema: Schema;
}

export function describeRoutes(routes: readonly Route[]): string {
  const sorted = routes.toSorted((one, other) => compare(one.url, other.url) || compare(one.method, other.method));
  const schemas = new Map<string, string>();
  // A schema has the name of the first route that uses it, so that a new one does not rename the others.
  const named = (name: string, schema: unknown): string => {
    const text = JSON.stringify(schema, undefined, 2);
    if (!schemas.has(text)) schemas.set(text, name);
    return schemas.get(text) ?? name;
  };
  const rows = sorted.map((route) => rowOf(route, named));
  return [
    '# The routes of the host',
    '',
    `Generated from its router by \`${REFRESH}\`. Do not edit.`,
    '',
    '| route | role | about | takes | answers | deprecated |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## Schemas',
    ...[...schemas].map(([text, name]) => `\n### ${name}\n\n\`\`\`json\n${text}\n\`\`\``),
    '',
  ].join('\n');
}

/** Who may call what, by route, as a description says it. */
export function accessIn(description: string): Readonly<Record<string, string>> {
  const rows = description.matchAll(/^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \|/gm);
  return Object.fromEntries(
    [...rows].map(([, route = '', role = '', about = '']) => [route, `${role} ${about}`.trim()]),
  );
}

function rowOf({ method, url, access, schema }: Route, named: (name: string, schema: unknown) => string): string {
  const route = `${method} ${url}`;
  const [role, about] =
    access === 'everybody' ? [access, ''] : [access.role, `${access.about}${access.embeds ? ', embeds' : ''}`];
  const reference = (part: string, value: unknown): string => {
    const name = named(`${route} ${part}`, value);
    return name === `${route} ${part}` ? part : `${part} as in ${name}`;
  };
  const taken = (['params', 'querystring', 'headers', 'body'] as const).flatMap((part) =>
    schema[part] === undefined ? [] : `${reference(part, schema[part])}${typesOf(schema, part)}`,
  );
  const answers = Object.entries(schema.response ?? {}).map(([status, answer]) => reference(status, answer));
  const deprecated = schema.deprecated === true ? 'yes' : '';
  return `| \`${route}\` | ${role} | ${about} | ${taken.join('<br>')} | ${answers.join('<br>')} | ${deprecated} |`;
}

function typesOf({ consumes = [] }: Schema, part: string): string {
  return part === 'body' && consumes.length > 0 ? ` (${consumes.join(', ')})` : '';
}

/** The same on every machine, whatever its language. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
