// Node-RED with one flow: HTTP in, HTTP request, a function that maps, HTTP response. No editor, no users.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import type { Peer } from './peer.ts';

const START_DEADLINE = 120_000;

const MAP = `msg.payload = { rows: msg.payload.alerts.map(({ id, severity, title, device, count, seen }) =>
  ({ id, severity, title, device: device.name, count, seen })) };
return msg;`;

export const nodeRed: Peer = {
  name: 'node-red',
  version: '5.0.7',
  async start(folder, vendor) {
    const flow = [
      { id: 'tab', type: 'tab', label: 'query' },
      { id: 'in', type: 'http in', z: 'tab', url: '/query', method: 'get', wires: [['ask']] },
      {
        id: 'ask',
        type: 'http request',
        z: 'tab',
        method: 'GET',
        ret: 'obj',
        url: `${vendor}/alerts`,
        wires: [['map']],
      },
      { id: 'map', type: 'function', z: 'tab', func: MAP, outputs: 1, wires: [['out']] },
      { id: 'out', type: 'http response', z: 'tab', wires: [] },
    ];
    await writeFile(join(folder, 'flows.json'), JSON.stringify(flow));
    const settings = { flowFile: 'flows.json', httpAdminRoot: false, logging: { console: { level: 'error' } } };
    await writeFile(join(folder, 'settings.cjs'), `module.exports = ${JSON.stringify(settings)};`);
    const port = await freePort();
    const program = join(folder, 'node_modules/node-red/red.js');
    const args = [program, '--userDir', folder, '--settings', join(folder, 'settings.cjs'), '--port', String(port)];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const exited = once(child, 'exit');
    const url = `http://127.0.0.1:${port}`;
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`Node-RED ended with ${child.exitCode}`);
      const answer = await fetch(`${url}/query`).catch(() => undefined);
      return answer?.ok ? true : undefined;
    }, START_DEADLINE);
    return {
      url,
      path: '/query',
      pid: child.pid ?? 0,
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await exited;
      },
    };
  },
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
