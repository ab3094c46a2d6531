// Node-RED with one flow: HTTP in, HTTP request, a function that maps, HTTP response. No editor, no users.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Peer, startPeer } from './peer.ts';

const MAP = `msg.payload = { rows: msg.payload.alerts.map(({ id, severity, title, device, count, seen }) =>
  ({ id, severity, title, device: device.name, count, seen })) };
return msg;`;

export const nodeRed: Peer = {
  name: 'node-red',
  version: '5.0.7',
  token: 'not asked for',
  async start({ installed, folder, vendor }) {
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
    const program = join(installed, 'node_modules/node-red/red.js');
    const args = [program, '--userDir', folder, '--settings', join(folder, 'settings.cjs'), '--port', String(port)];
    return startPeer(args, { cwd: folder }, { port, path: '/query' });
  },
};
