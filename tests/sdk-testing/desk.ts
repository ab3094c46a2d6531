// A plugin that does one of everything, as its author has it on disk.
import { packageJson, tempFolder, writeFiles, type TempFolder } from '../support/plugin-package.ts';

const SOURCE = `
import {
  bearer, change, checkpoint, columns, complete, definePlugin, dynamicQuery, hmac, httpQuery, job, present, query, readJson, remove, route,
  stream, syncedQuery, upsert, VendorError,
} from '@jackfield/sdk';

const days = { type: 'object', additionalProperties: false, properties: { days: { type: 'integer', minimum: 1, default: 7 } } } as const;

const tickets = stream({
  title: 'Tickets',
  columns: { id: { type: 'integer' }, title: { type: 'string' } },
  primaryKey: ['id'],
  deletion: 'census',
  every: '5m',
  census: {
    every: '1h',
    most: 0.5,
    async *keys(ctx) {
      yield present(await readJson<{ id: number }[]>(await ctx.fetch('/keys')));
      yield complete();
    },
    async gone(ctx, keys) {
      return keys.filter(({ id }) => id !== 2);
    },
  },
  async *read(ctx, cursor) {
    const since = typeof cursor === 'number' ? cursor : 0;
    const rows = await readJson<{ id: number; title: string }[]>(await ctx.fetch('/tickets?since=' + since));
    yield upsert(rows);
    yield remove([{ id: 99 }], 'merged');
    yield checkpoint(rows.at(-1)?.id ?? since);
  },
});

export default definePlugin({
  name: 'desk',
  displayName: 'Desk',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
      hookSecret: { type: 'string', writeOnly: true },
      site: { type: 'string', default: 'main' },
    },
  },
  auth: [bearer({ token: 'token' })],
  network: { hosts: ['files.example.com'] },
  async check(ctx) {
    const { name } = await readJson<{ name: string }>(await ctx.fetch('/me'));
    return { message: 'signed in as ' + name, expires: [{ what: 'token', at: '2030-01-01T00:00:00Z' }] };
  },
  queries: {
    echo: query({
      title: 'Echo',
      params: days,
      columns: { said: { type: 'json' } },
      async *rows(ctx, params) {
        ctx.log.info('asked', { days: params.days });
        const said = await readJson<unknown>(await ctx.fetch('/echo?days=' + params.days));
        yield { said: { said, site: ctx.config.site, secrets: Object.keys(ctx.config), client: ctx.client, now: ctx.now().getTime() } };
      },
    }),
    plain: httpQuery({ title: 'Plain', request: { path: '/plain' }, rows: '*', columns: { id: { type: 'integer' } } }),
    free: dynamicQuery({
      title: 'Free',
      columns: 'dynamic',
      async *rows() {
        yield columns({ a: { type: 'integer' } });
        yield [{ a: 1 }, { a: 2 }];
      },
    }),
    elsewhere: query({
      title: 'Elsewhere',
      columns: { body: { type: 'string' } },
      async *rows(ctx) {
        yield { body: await (await ctx.fetch('https://files.example.com/a')).text() };
        await ctx.fetch('https://other.example.com/b');
      },
    }),
    throws: query({
      title: 'Throws',
      columns: { id: { type: 'integer' } },
      async *rows() {
        yield { id: 1 };
        throw new RangeError('the sky is falling');
      },
    }),
    wrong_cell: query({
      title: 'Wrong cell',
      columns: { id: { type: 'string' }, age: { type: 'integer' } },
      async *rows() {
        yield { id: 'a', age: 1.5 };
      },
    }),
    files: query({
      title: 'Files',
      columns: { id: { type: 'string' } },
      async *rows() {
        const fs = (await import(['node:f', 's'].join(''))).default;
        yield { id: fs.readFileSync('/etc/hostname', 'utf8') };
      },
    }),
    loops: query({
      title: 'Loops',
      columns: { id: { type: 'string' } },
      async *rows() {
        for (;;);
      },
    }),
    synced: syncedQuery({ title: 'Synced', stream: tickets }),
  },
  limits: { queryTimeoutMs: 60_000 },
  streams: { tickets },
  routes: {
    hook: route({
      title: 'Hook',
      method: 'POST',
      path: '/hook',
      verify: [hmac({ header: 'x-signature', prefix: 'sha256=', secret: 'hookSecret' })],
      streams: ['tickets'],
      async handle(_ctx, request) {
        const { id, title, gone } = request.json() as { id: number; title: string; gone?: boolean };
        return { status: 202, json: { seen: Object.keys(request.headers) }, changes: [change('tickets', gone ? remove([{ id }], 'deleted') : upsert([{ id, title }]))] };
      },
    }),
  },
  jobs: {
    reminder: job({
      title: 'Reminder',
      trigger: 'contractEnding',
      daysBefore: [7],
      async run(ctx, event) {
        const made = await readJson<{ id: string }>(await ctx.fetch('/tickets', { method: 'POST', body: JSON.stringify({ key: event.key }) }));
        return { reference: made.id, url: 'https://desk.example.com/' + made.id, created: true };
      },
    }),
  },
});
`;

export async function deskPackage(): Promise<TempFolder> {
  const folder = await tempFolder();
  const hurried = SOURCE.replace('queryTimeoutMs: 60_000', 'queryTimeoutMs: 1500');
  await writeFiles(folder.path, {
    'package.json': packageJson('desk'),
    'src/plugin.ts': SOURCE,
    // Waiting for its deadline is what a test of it does; to the others a busy machine would make it.
    'src/hurried.ts': hurried,
  });
  return folder;
}

/** The line of the source that holds a text. */
export function lineOf(text: string): number {
  return SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length;
}
