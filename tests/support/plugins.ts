// Builds plugins from source text with the real builder, for tests that need a plugin which does one particular thing.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPlugin } from '../../sdk/src/build/build-plugin.ts';
import type { Isolation, PluginVersion } from '../../host/src/kernel/index.ts';

/** Inside the repository, so that sources resolve the workspace's packages. */
const ROOT = join(import.meta.dirname, '../../node_modules/.cache/jackfield-tests');

export interface TestPlugin extends AsyncDisposable {
  /** The package folder, as the host manifest names it. */
  readonly folder: string;
  readonly version: PluginVersion;
}

/** `source` is the text of src/plugin.ts. */
export async function buildTestPlugin(
  source: string,
  options: {
    name?: string;
    version?: string;
    hosts?: readonly string[];
    memoryMb?: number;
    isolation?: Isolation;
  } = {},
): Promise<TestPlugin> {
  await mkdir(ROOT, { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'plugin-'));
  const name = `plugin-${options.name ?? 'test'}`;
  await mkdir(join(folder, 'src'));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      name,
      version: options.version ?? '1.0.0',
      type: 'module',
      keywords: ['jackfield-plugin'],
      jackfield: './dist/plugin.json',
    }),
  );
  await writeFile(join(folder, 'src/plugin.ts'), source);
  const { manifest } = await buildPlugin(folder);
  return {
    folder,
    version: {
      manifest,
      package: name,
      bundleFile: join(folder, 'dist/plugin.js'),
      hosts: options.hosts ?? [],
      memoryMb: options.memoryMb,
      isolation: options.isolation ?? 'plugin',
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A plugin called `name` whose one query `q` has the given generator body (`ctx` and `params` in scope) and an integer column `n`. */
export function queryPlugin(
  body: string,
  options: { name?: string; top?: string; columns?: string; deadline?: number } = {},
): string {
  return `
    import { definePlugin, query } from '@jackfield/sdk';
    ${options.top ?? ''}
    export default definePlugin({
      name: '${options.name ?? 'test'}',
      displayName: 'Test',
      limits: { ${options.deadline === undefined ? '' : `queryTimeoutMs: ${options.deadline}`} },
      config: { type: 'object', properties: { baseUrl: { type: 'string' }, mode: { type: 'string' }, secret: { type: 'string', writeOnly: true } } },
      async check(ctx) { return { message: 'hello ' + ctx.instance.name }; },
      queries: {
        q: query({
          title: 'Q',
          params: { type: 'object', properties: { n: { type: 'integer' }, mode: { type: 'string' } } },
          columns: ${options.columns ?? `{ n: { type: 'integer' } }`},
          async *rows(ctx, params) { ${body} },
        }),
      },
    });`;
}
