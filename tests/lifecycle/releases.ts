// Releases of one small plugin, built and packed as an author does it.
import { createHash, hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import type { PluginChange } from '../../host/src/lifecycle/index.ts';
import type { Answer, Api } from '../support/api.ts';
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';

export interface Release extends TestPlugin {
  readonly tarball: Buffer;
  readonly integrity: string;
}

export interface ReleaseOptions {
  /** Of the module, when it is evaluated. */
  readonly top?: string;
  /** Put in front of the bundle when it has been built, which the build would refuse. */
  readonly sabotage?: string;
  readonly check?: string;
  readonly rows?: string;
  /** Further members of the definition. */
  readonly members?: string;
  /** Its config has `way` where the others have `mode`, and migrations there and back. */
  readonly migrated?: boolean;
  readonly name?: string;
}

const MIGRATED = `configVersion: 2,
  migrations: [{
    from: 1,
    to: 2,
    up: ({ mode, ...rest }) => {
      if (mode === 'stuck') throw new Error('there is no way');
      return { ...rest, way: mode };
    },
    down: ({ way, ...rest }) => ({ ...rest, mode: way }),
  }],`;

/** Its query `which` answers with its version, its route `hook` too; its stream `items` has the rows that `items` says. */
export function sourceOf(version: string, options: ReleaseOptions = {}): string {
  const { top = '', check = `return { message: 'fine' };`, rows = '', members = '', name = 'shift' } = options;
  const field = options.migrated === true ? 'way' : 'mode';
  return `
import { change, checkpoint, definePlugin, query, route, sharedSecret, stream, upsert } from '@jackfield/sdk';
${top}
const version = '${version}';
export default definePlugin({
  name: '${name}',
  displayName: 'Shift',
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['${field}'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      hookSecret: { type: 'string', writeOnly: true },
      ${field}: { type: 'string' },
    },
  },
  ${options.migrated === true ? MIGRATED : ''}
  async check(ctx) { ${check} },
  queries: {
    which: query({
      title: 'Which version answers',
      params: { type: 'object', properties: { n: { type: 'integer' } } },
      columns: { version: { type: 'string' }, field: { type: 'string' } },
      async *rows(ctx) { ${rows} yield { version, field: String(ctx.config.${field}) }; },
    }),
  },
  streams: {
    items: stream({
      title: 'Items',
      columns: { id: { type: 'string' }, by: { type: 'string' } },
      primaryKey: ['id'],
      deletion: 'explicit',
      every: '1h',
      async *read(ctx, cursor) {
        const next = Number(cursor ?? 0) + 1;
        yield upsert([{ id: 'n' + next, by: version }]);
        yield checkpoint(next);
      },
    }),
  },
  routes: {
    hook: route({
      title: 'Hook',
      method: 'POST',
      path: '/hook',
      verify: [sharedSecret({ in: 'query', name: 'secret', secret: 'hookSecret' })],
      streams: ['items'],
      async handle(ctx, request) {
        const { id } = request.json() as { id: string };
        return { json: { version }, changes: [change('items', upsert([{ id, by: version }]))] };
      },
    }),
  },
  ${members}
});
`;
}

export async function buildRelease(version: string, options: ReleaseOptions = {}): Promise<Release> {
  const { name = 'shift' } = options;
  const plugin = await buildTestPlugin(sourceOf(version, options), { name, version });
  if (options.sabotage !== undefined) await sabotage(plugin.folder, options.sabotage);
  const file = join(plugin.folder, 'package.tgz');
  await create({ gzip: true, file, cwd: plugin.folder, prefix: 'package', portable: true }, ['package.json', 'dist']);
  const tarball = await readFile(file);
  return { ...plugin, tarball, integrity: `sha512-${hash('sha512', tarball, 'base64')}` };
}

async function sabotage(folder: string, code: string): Promise<void> {
  const [bundleFile, manifestFile] = [join(folder, 'dist/plugin.js'), join(folder, 'dist/plugin.json')];
  const bundle = Buffer.from(`${code};\n${await readFile(bundleFile, 'utf8')}`);
  await writeFile(bundleFile, bundle);
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
  manifest.bundle.bytes = bundle.byteLength;
  manifest.bundle.sha256 = createHash('sha256').update(bundle).digest('hex');
  await writeFile(manifestFile, JSON.stringify(manifest));
}

/** Answers with what the host says of it. */
export async function upload(
  api: Api,
  { tarball }: Pick<Release, 'tarball'>,
): Promise<Answer<Record<string, unknown>>> {
  const headers = { 'content-type': 'application/octet-stream' };
  return api.call('POST', '/api/plugin-packages', undefined, { headers, body: new Uint8Array(tarball) });
}

/** Plans it, confirms it, and waits until it has ended, however it has. */
export async function carryOut(api: Api, request: object): Promise<PluginChange> {
  const planned = await api.call<PluginChange>('POST', '/api/plugin-changes', request);
  if (planned.status !== 201) throw new Error(JSON.stringify(planned.body));
  const { id, hash } = planned.body;
  const confirmed = await api.call('POST', `/api/plugin-changes/${id}/confirm`, { hash });
  if (confirmed.status !== 202) throw new Error(JSON.stringify(confirmed.body));
  return ended(api, id);
}

export async function ended(api: Api, id: string): Promise<PluginChange> {
  return until(async () => {
    const { body } = await api.call<PluginChange>('GET', `/api/plugin-changes/${id}`);
    return body.endedAt === null ? undefined : body;
  }, 60_000);
}
