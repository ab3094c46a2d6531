// A plugin that keeps every promise of the conformance suite, but for the one that its config names.
import { packageJson, tempFolder, writeFiles, type TempFolder } from '../support/plugin-package.ts';
import type { ConformanceSetup, ItemId, VendorFunction } from '@jackfield/sdk/testing';

const SOURCE = `
import { bearer, checkpoint, definePlugin, query, readJson, stream, upsert, VendorError } from '@jackfield/sdk';

let reads = 0;
/** What the vendor answers; \`swallows\` are failures that this flaw takes for an empty answer. */
async function ask(ctx, path, swallows) {
  const { flaw } = ctx.config;
  try {
    const response = await ctx.fetch(path, { signal: ctx.signal });
    if (flaw === 'busy' && response.status === 429) return [];
    if (flaw === 'failing' && response.status >= 500) return [];
    if (flaw === 'malformed' && response.ok) {
      const text = await response.text();
      try {
        return JSON.parse(text);
      } catch {
        return [];
      }
    }
    return await readJson(response);
  } catch (error) {
    if (flaw === 'stops' && ctx.signal.aborted) for (;;);
    if (flaw === 'hanging' && error.cause?.code === 'timeout') return [];
    throw error;
  }
}

function listOf(answer) {
  if (Array.isArray(answer)) return answer.filter((item) => typeof item === 'object' && item !== null);
  throw new VendorError('vendor_bad_response', 'the answer is no list');
}

export default definePlugin({
  name: 'flawed',
  displayName: 'Flawed',
  config: {
    type: 'object',
    required: ['baseUrl', 'token'],
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      token: { type: 'string', writeOnly: true },
      flaw: { type: 'string' },
    },
  },
  auth: [bearer({ token: 'token' })],
  async check(ctx) {
    if (ctx.config.flaw === 'connects') throw new VendorError('vendor_error', 'it never works');
    if (ctx.config.flaw === 'refuses-config') return { message: 'fine' };
    const me = await ask(ctx, '/me');
    if (typeof me?.name !== 'string') {
      // An empty answer is what the flaws make of a vendor that is unwell.
      if (Array.isArray(me) && ctx.config.flaw !== undefined) return { message: 'nobody' };
      throw new VendorError('vendor_bad_response', 'the vendor has not said who that is');
    }
    return { message: me.name };
  },
  queries: {
    items: query({
      title: 'Items',
      columns: { id: { type: 'integer' }, name: { type: 'string' } },
      async *rows(ctx) {
        const { flaw } = ctx.config;
        if (flaw === 'egress') await ctx.fetch('https://elsewhere.example.com/').catch(() => undefined);
        yield listOf(await ask(ctx, '/items')).map(({ id, name }) => ({ id, name: flaw === 'queries' ? 7 : name }));
      },
    }),
  },
  streams: {
    items: stream({
      title: 'Items',
      columns: { id: { type: 'integer' }, name: { type: 'string' }, changed: { type: 'datetime' } },
      primaryKey: ['id'],
      version: 'changed',
      deletion: 'explicit',
      every: '5m',
      async *read(ctx, cursor) {
        const { flaw } = ctx.config;
        const since = flaw === 'resumes' && cursor < '2030' ? null : cursor;
        if (flaw === 'future-cursor' && cursor > '2030') throw new VendorError('vendor_error', 'that is far ahead');
        reads += 1;
        const rows = listOf(await ask(ctx, '/items?since=' + encodeURIComponent(since ?? '')));
        yield upsert(rows.map(({ id, name, changed }) => ({
          id: flaw === 'streams' ? null : id,
          name: flaw === 'same-rows' && cursor === null ? name + reads : name,
          changed,
        })));
        yield checkpoint(rows.at(-1)?.changed ?? cursor);
      },
    }),
  },
});
`;

const ITEMS = [1, 2, 3].map((id) => ({ id, name: `item ${id}`, changed: `2026-01-0${id}T00:00:00.000Z` }));

const vendor: VendorFunction = (request) => {
  if (request.headers.get('authorization') !== 'Bearer right') return new Response('', { status: 401 });
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/me') return Response.json({ name: 'Ada' });
  const since = searchParams.get('since') ?? '';
  return Response.json(ITEMS.filter(({ changed }) => changed > since));
};

export async function flawedPackage(): Promise<TempFolder> {
  const folder = await tempFolder();
  const files = { 'package.json': packageJson('flawed'), 'src/plugin.js': SOURCE };
  await writeFiles(folder.path, { ...files, 'old.json': { version: '0.9.0', configVersion: 1, config: OLD_CONFIG } });
  return folder;
}

/** Of a version that took configs which are refused now. */
const OLD_CONFIG = { type: 'object', additionalProperties: false, properties: { address: { type: 'string' } } };

export function setupWith(flaw: ItemId | undefined): ConformanceSetup {
  const config = { baseUrl: 'https://vendor.example.com', token: 'right', ...(flaw === undefined ? {} : { flaw }) };
  return { start: () => ({ config, vendor }), previous: flaw === 'previous-config' ? './old.json' : null };
}
