// Directus with an endpoint of its own: the usual way there to put a vendor's answer into another shape. It runs in Directus' process.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ADMIN_TOKEN } from '../../support/host.ts';
import { freePort, type Peer, startPeer } from './peer.ts';

export const directus: Peer = {
  name: 'directus',
  version: '12.3.0',
  // It loads it when it starts, and of the version that it names (5) there is no binary in the package, nor one for this Node at all.
  overrides: { 'isolated-vm': '7.0.1' },
  token: 'looked up for each request',
  async start({ installed, folder, vendor, databaseUrl }) {
    const endpoint = join(folder, 'extensions/query');
    await mkdir(join(endpoint, 'dist'), { recursive: true });
    const about = { type: 'endpoint', path: 'dist/index.js', source: 'dist/index.js', host: '*' };
    const described = {
      name: 'directus-extension-query',
      version: '1.0.0',
      type: 'module',
      'directus:extension': about,
    };
    await writeFile(join(endpoint, 'package.json'), JSON.stringify(described));
    // Without one where it is started it loads no extension at all.
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
    await writeFile(
      join(endpoint, 'dist/index.js'),
      `export default { id: 'query', handler: (router) => router.get('/', async (request, response) => {
        if (!request.accountability?.user) return response.status(403).end();
        const { alerts } = await (await fetch('${vendor}/alerts')).json();
        response.json({ rows: alerts.map(({ id, severity, title, device, count, seen }) =>
          ({ id, severity, title, device: device.name, count, seen })) });
      }) };`,
    );
    const port = await freePort();
    const env = {
      DB_CLIENT: 'pg',
      DB_CONNECTION_STRING: databaseUrl,
      SECRET: randomBytes(32).toString('hex'),
      ADMIN_EMAIL: 'admin@example.com',
      ADMIN_PASSWORD: randomBytes(16).toString('hex'),
      ADMIN_TOKEN,
      HOST: '127.0.0.1',
      PORT: String(port),
      TELEMETRY: 'false',
      LOG_LEVEL: 'error',
      CACHE_ENABLED: 'false',
      EXTENSIONS_PATH: join(folder, 'extensions'),
    };
    const program = join(installed, 'node_modules/directus/cli.js');
    await promisify(execFile)(process.execPath, [program, 'bootstrap'], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    return startPeer([program, 'start'], { cwd: folder, env }, { port, path: '/query' });
  },
};
