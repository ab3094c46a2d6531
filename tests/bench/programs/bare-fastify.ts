// What a query costs without a plugin, a sandbox, a gateway, users or a database: bare-fastify.ts <vendor>. `/query` asks the vendor in
// the same process and maps what it says; `/ready` sends what it would say, made once.
import fastify from 'fastify';
import { Agent, request } from 'undici';
import { ALERT_COLUMNS, mapAlerts } from '../support/alerts.ts';
import { answersAt } from '../support/tied.ts';

const [vendor = ''] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 64 });
const app = fastify();

async function result(): Promise<string> {
  const startedAt = Date.now();
  const { body } = await request(`${vendor}/alerts`, { dispatcher });
  const rows = mapAlerts(await body.json());
  const now = Date.now();
  const meta = { rowCount: rows.length, asOf: new Date(startedAt), elapsedMs: now - startedAt, vendorCalls: 1 };
  return JSON.stringify({ columns: ALERT_COLUMNS, rows, meta });
}

const ready = Buffer.from(await result());
app.get('/query', async (_request, reply) => reply.type('application/json').send(await result()));
app.get('/ready', (_request, reply) => reply.type('application/json').send(ready));
answersAt(await app.listen({ host: '127.0.0.1', port: 0 }));
