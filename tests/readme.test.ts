import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databases } from './support/databases.ts';
import { startTestHost } from './support/host.ts';
import { buildTestPlugin } from './support/plugins.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const [, source = ''] = /```ts\n(\/\/ src\/plugin\.ts\n[\s\S]*?)```/.exec(readme) ?? [];

test.each(databases)(
  'on $name the plugin of the README has under 40 lines, builds, and answers on a host',
  async (database) => {
    expect(source.trimEnd().split('\n').length).toBeLessThan(40);
    const vendor = createServer((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer the-secret';
      const since = new Date(Date.now() - 7_200_000).toISOString();
      const answer = request.url === '/me' ? { name: 'Ada' } : [{ title: 'Mail is slow', since }];
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    await using place = await database.open();
    await using plugin = await buildTestPlugin(source, { name: 'status-page' });
    await using host = await startTestHost(place, { plugins: [plugin] });
    const config = { baseUrl, token: 'the-secret' };
    await host.api.call('POST', '/api/instances', { id: 'page', plugin: 'status-page', name: 'Page', config });
    const check = await host.api.call('POST', '/api/instances/page/check');
    expect(check.body).toMatchObject({ ok: true, message: 'signed in as Ada' });
    const { body } = await host.api.call('GET', '/api/instances/page/queries/incidents?limit=5');
    expect(body).toMatchObject({
      rows: [{ title: 'Mail is slow', age: expect.closeTo(2, 1) }],
      meta: { vendorCalls: 1 },
    });
    vendor.close();
  },
);
