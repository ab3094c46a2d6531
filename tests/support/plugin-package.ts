// Plugin packages on disk, as an author has them: real files in a folder of their own.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const repository: string = join(import.meta.dirname, '../..');

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** An empty folder that goes when its scope ends. `node_modules` in it is the repository's. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'jackfield-')));
  await symlink(join(repository, 'node_modules'), join(path, 'node_modules'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Writes files by relative path; objects become JSON. */
export async function writeFiles(folder: string, files: Record<string, string | Uint8Array | object>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const raw = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(path, raw ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

export function packageJson(name: string, version = '1.0.0'): object {
  return {
    name: `@acme/plugin-${name}`,
    version,
    type: 'module',
    keywords: ['jackfield-plugin'],
    jackfield: './dist/plugin.json',
  };
}

/** Sources of a small plugin with a secret, a check and a query. `members` are further members of its definition. */
export function pluginSource(name: string, members = ''): string {
  return `
import { bearer, definePlugin, query } from '@jackfield/sdk';
export default definePlugin({
  name: '${name}',
  displayName: 'The ${name} system',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    additionalProperties: false,
    properties: { baseUrl: { type: 'string', format: 'uri' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  async check() { return { message: 'fine' }; },
  queries: {
    items: query({
      title: 'Items',
      columns: { id: { type: 'string' }, age: { type: 'number', unit: 'h' } },
      cache: '60s',
      async *rows() { yield { id: 'a', age: 1 }; },
    }),
  },
  ${members}
});
`;
}
