// n8n with one workflow: a webhook, an HTTP request, fields that an expression maps, and the answer. On PostgreSQL, as it is meant to be
// run; executions that went well are not kept.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, type Peer, startPeer } from './peer.ts';

const ID = 'queryWorkflow001';
const MAP = `={{ JSON.stringify({ rows: $json.alerts.map(({ id, severity, title, device, count, seen }) => ({ id, severity, title, device: device.name, count, seen })) }) }}`;

export const n8n: Peer = {
  name: 'n8n',
  version: '2.41.1',
  token: 'not asked for',
  async start({ installed, folder, vendor, databaseUrl }) {
    const { hostname, port: databasePort, pathname, username } = new URL(databaseUrl);
    const port = await freePort();
    const env = {
      DB_TYPE: 'postgresdb',
      DB_POSTGRESDB_HOST: hostname,
      DB_POSTGRESDB_PORT: databasePort,
      DB_POSTGRESDB_DATABASE: pathname.slice(1),
      DB_POSTGRESDB_USER: username,
      // Two are the default, too few for 16 callers: they wait until its own probe of the database fails, and then it answers 503.
      DB_POSTGRESDB_POOL_SIZE: '16',
      DB_PING_TIMEOUT_MS: '60000',
      // In its own process, as the other peers map; the default, a new isolate for each execution, takes three times the CPU.
      N8N_EXPRESSION_ENGINE: 'legacy',
      N8N_USER_FOLDER: folder,
      N8N_PORT: String(port),
      N8N_RUNNERS_BROKER_PORT: String(await freePort()),
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_DIAGNOSTICS_ENABLED: 'false',
      N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
      N8N_TEMPLATES_ENABLED: 'false',
      N8N_PERSONALIZATION_ENABLED: 'false',
      EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
      EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false',
      N8N_LOG_LEVEL: 'error',
    };
    const node = (name: string, type: string, typeVersion: number, parameters: object, at: number) => ({
      ...{ id: name, name, type: `n8n-nodes-base.${type}`, typeVersion, parameters, position: [at * 200, 0] },
      ...(type === 'webhook' ? { webhookId: 'query' } : {}),
    });
    const to = (name: string) => ({ main: [[{ node: name, type: 'main', index: 0 }]] });
    const workflow = {
      id: ID,
      name: 'query',
      active: false,
      nodes: [
        node('in', 'webhook', 2, { path: 'query', httpMethod: 'GET', responseMode: 'responseNode' }, 0),
        node('ask', 'httpRequest', 4.2, { url: `${vendor}/alerts` }, 1),
        node('out', 'respondToWebhook', 1.1, { respondWith: 'json', responseBody: MAP }, 2),
      ],
      connections: { in: to('ask'), ask: to('out') },
      settings: { executionOrder: 'v1' },
    };
    const file = join(folder, 'workflow.json');
    await writeFile(file, JSON.stringify([workflow]));
    const program = join(installed, 'node_modules/n8n/bin/n8n');
    const run = (...args: readonly string[]) =>
      promisify(execFile)(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...env } });
    await run('import:workflow', `--input=${file}`);
    await run('publish:workflow', `--id=${ID}`);
    return startPeer([program, 'start'], { cwd: folder, env }, { port, path: '/webhook/query' });
  },
};
