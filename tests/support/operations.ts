// Every operation of the OpenAPI document as requests that can be sent, so that a new route is swept without anybody naming it.
import type { Api } from './host.ts';

export interface Operation {
  readonly method: string;
  /** With values for its parameters. */
  readonly path: string;
  readonly takesBody: boolean;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: unknown }>>>>;
}

/** `values`: for a parameter of the paths that begin so, the longest beginning first; `other` for those that nobody knows. */
export async function operationsOf(
  api: Api,
  values: Readonly<Record<string, string>>,
  other: string,
): Promise<Operation[]> {
  const { body } = await api.call<Document>('GET', '/api/openapi.json');
  const operations = Object.entries(body.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path: template.replaceAll(/\{([^}]+)\}/g, (_all, name: string, at: number) => {
        const before = template.slice(0, at);
        const known = Object.keys(values).filter((key) => key === `{${name}}` || key === before);
        return encodeURIComponent(values[known.toSorted((a, b) => b.length - a.length)[0] ?? ''] ?? other);
      }),
      takesBody: requestBody !== undefined,
    })),
  );
  // What is deleted cannot be looked at any more.
  return operations.toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
}
