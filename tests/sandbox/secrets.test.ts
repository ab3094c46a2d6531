// The instance's secret reaches its vendor, and nothing that plugin code can get hold of.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { oneOf } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import { buildTestPlugin } from '../support/plugins.ts';

const SECRET = 'canary-7f3a9c51e2';

/** Walks everything that can be reached from some roots: own keys of any kind, prototypes, getters, maps, sets, stacks. */
const SOURCE = `
  import { bearer, definePlugin, query } from '@jackfield/sdk';
  import * as events from 'node:events';
  import * as util from 'node:util';
  import * as crypto from 'node:crypto';
  import * as stream from 'node:stream';

  function search(roots, needles) {
    const seen = new Set();
    const queue = roots.map((value, i) => [String(i), value]);
    const found = [];
    while (queue.length > 0) {
      const [path, value] = queue.pop();
      if (typeof value === 'string') {
        if (needles.some((needle) => value.includes(needle))) found.push(path);
        continue;
      }
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
      seen.add(value);
      if (ArrayBuffer.isView(value) && needles.some((needle) => Buffer.from(value.buffer).includes(needle))) found.push(path);
      if (value instanceof Map) queue.push([path + '<map>', [...value]]);
      if (value instanceof Set) queue.push([path + '<set>', [...value]]);
      queue.push([path + '.__proto__', Object.getPrototypeOf(value)]);
      for (const key of Reflect.ownKeys(value)) {
        try {
          queue.push([path + '.' + String(key), value[key]]);
        } catch {}
      }
    }
    return { found, objects: seen.size };
  }

  export default definePlugin({
    name: 'spy',
    displayName: 'Spy',
    config: {
      type: 'object',
      required: ['baseUrl', 'token'],
      properties: { baseUrl: { type: 'string' }, visible: { type: 'string' }, token: { type: 'string', writeOnly: true } },
    },
    auth: [bearer({ token: 'token' })],
    queries: {
      q: query({
        title: 'Q',
        columns: { found: { type: 'string' }, objects: { type: 'integer' } },
        async *rows(ctx) {
          const response = await ctx.fetch('/');
          // Halves: the needle must not be found in the code of its own search.
          const secret = await response.text();
          const needle = ['canary', secret].join('-');
          const forms = [needle, Buffer.from(needle).toString('base64'), Buffer.from('x:' + needle).toString('base64').slice(4, -4)];
          const roots = [globalThis, ctx, response, events, util, crypto, stream, new Error('x').stack, ctx.config.visible];
          const { found, objects } = search(roots, forms);
          yield { found: found.join(' '), objects };
        },
      }),
    },
  });`;

test.each(oneOf)(
  'on $name a secret is nowhere in what a plugin can reach, while a visible value is found by the same search',
  async (database) => {
    const seen: (string | undefined)[] = [];
    const vendor = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(SECRET.slice('canary-'.length));
    });
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
    await using place = await database.open();
    await using plugin = await buildTestPlugin(SOURCE, { name: 'spy' });
    await using host = await startTestHost(place, { plugins: [plugin] });
    const baseUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    const ask = async (id: string, visible: string): Promise<unknown> => {
      const config = { baseUrl, token: SECRET, visible };
      await host.api.call('POST', '/api/instances', { id, plugin: 'spy', name: id, config });
      const { body } = await host.api.call<{ rows: unknown[] }>('POST', `/api/instances/${id}/queries/q`);
      return body.rows[0];
    };
    expect(await ask('innocent', 'nothing')).toEqual({ found: '', objects: expect.closeTo(3000, -4) });
    // The search works: told the same text in a field that is not secret, it finds it.
    expect(await ask('control', `this is ${SECRET}`)).toMatchObject({ found: expect.stringContaining('visible') });
    expect(seen).toEqual([`Bearer ${SECRET}`, `Bearer ${SECRET}`]);
    vendor.close();
  },
);
