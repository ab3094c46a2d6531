// Directus with an endpoint of its own: the usual way there to put a vendor's answer into another shape. It runs in Directus' process.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, type Peer, startPeer } from './peer.ts';

export const directus: Peer = {
  name: 'directus',
  version: '12.3.0',
  // It loads it when it starts, and there is no binary of it.
  built: ['isolated-vm'],
  async start({ folder, vendor, databaseUrl }) {
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
    await writeFile(
      join(endpoint, 'dist/index.js'),
      `export default { id: 'query', handler: (router) => router.get('/', async (_request, response) => {
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
      HOST: '127.0.0.1',
      PORT: String(port),
      TELEMETRY: 'false',
      LOG_LEVEL: 'error',
      CACHE_ENABLED: 'false',
      EXTENSIONS_PATH: join(folder, 'extensions'),
    };
    const program = join(folder, 'node_modules/directus/cli.js');
    await promisify(execFile)(process.execPath, [program, 'bootstrap'], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    return startPeer([program, 'start'], { cwd: folder, env }, { port, path: '/query' });
  },
};
