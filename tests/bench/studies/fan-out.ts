// What a fan-out over many instances costs against one: `npm run bench -- fan-out`.
// A vendor that takes a while, a host in a process of its own on an embedded database, one client.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRowPrefix } from '../../../host/src/queries/row-prefix.ts';
import { buildDesk } from '../../support/desk-plugin.ts';
import { memoryOf, startHostProcess } from '../../support/host-process.ts';
import { json, startVendor } from '../../support/vendor.ts';

const INSTANCES = 20;
const VENDOR_MS = 50;
const ROUNDS = 30;
const ROWS = 400_000;
const NDJSON = { headers: { accept: 'application/x-ndjson' } };

const dataFolder = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
const dispose = async (): Promise<void> => rm(dataFolder, { recursive: true, force: true });
{
  await using desk = await buildDesk();
  await using vendor = await startVendor((request, response) => {
    setTimeout(() => json([{ z: 1, a: 'one' }])(request, response), VENDOR_MS);
  });
  await using host = await startHostProcess({ dataFolder, [Symbol.asyncDispose]: dispose }, { plugins: [desk] });
  const ids = Array.from({ length: INSTANCES }, (_, n) => `desk-${n}`);
  for (const id of ids) {
    const config = { baseUrl: `${vendor.url}/${id}` };
    await host.api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config });
  }

  const one = (id: string): Promise<Response> =>
    host.api.send('GET', `/api/instances/${id}/queries/uncached`, undefined, NDJSON);
  const many = (query = 'uncached', body: object = {}): Promise<Response> =>
    host.api.send('POST', `/api/plugins/desk/queries/${query}`, body, NDJSON);
  const whole = async (answer: Promise<Response>): Promise<void> => void (await (await answer).arrayBuffer());
  const first = async (answer: Promise<Response>): Promise<void> => {
    const reader = (await answer).body?.getReader();
    await reader?.read();
    await reader?.cancel();
  };

  tell(`one instance, vendor ${VENDOR_MS} ms`, await time(() => whole(one('desk-0'))));
  tell(
    `${INSTANCES} one after the other`,
    await time(async () => {
      for (const id of ids) await whole(one(id));
    }, 3),
  );
  tell(
    `${INSTANCES} at once, a request each`,
    await time(async () => void (await Promise.all(ids.map((id) => whole(one(id)))))),
  );
  tell(`${INSTANCES} by fan-out, all rows`, await time(() => whole(many())));
  tell(`${INSTANCES} by fan-out, first row`, await time(() => first(many())));
  await whole(many('items'));
  tell(`${INSTANCES} by fan-out, cached`, await time(() => whole(many('items'))));
  tell(
    'one instance, cached',
    await time(() => whole(host.api.send('GET', '/api/instances/desk-0/queries/items', undefined, NDJSON))),
  );

  const before = await memoryOf(host.pid);
  const single = await read(host.api.send('GET', `/api/instances/desk-0/queries/many?rows=${ROWS}`, undefined, NDJSON));
  const spread = await read(many('many', { params: { rows: ROWS / INSTANCES } }));
  const after = await memoryOf(host.pid);
  process.stdout.write(`${ROWS} rows of one instance: ${single}\n${ROWS} rows of ${INSTANCES}: ${spread}\n`);
  process.stdout.write(`memory ${Math.round(before.now)} MB, at most ${Math.round(after.most)} MB\n`);
}
for (const encoding of ['json', 'csv'] as const) {
  const row = encoding === 'csv' ? `1,"some, text",${'x'.repeat(60)}\r\n` : `{"n":1,"text":"${'x'.repeat(72)}"}\n`;
  const bytes = new TextEncoder().encode(row.repeat(Math.floor((128 * 1024) / row.length)));
  const prefix = createRowPrefix(encoding, 'acme-fortigate', false);
  for (let n = 0; n < 200; n += 1) prefix({ bytes });
  const startedAt = performance.now();
  for (let n = 0; n < 1000; n += 1) prefix({ bytes });
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `${encoding} prefix: ${Math.round((bytes.byteLength * 1000) / seconds / 1e6)} MB/s, ${seconds.toFixed(3)} ms a chunk\n`,
  );
}
await dispose();

async function time(what: () => Promise<void>, rounds = ROUNDS): Promise<number[]> {
  await what();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await what();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b);
}

function tell(what: string, times: readonly number[]): void {
  const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(0);
  process.stdout.write(`${what}: median ${at(0.5)} ms, p90 ${at(0.9)} ms\n`);
}

async function read(answer: Promise<Response>): Promise<string> {
  const startedAt = performance.now();
  let bytes = 0;
  for await (const chunk of (await answer).body ?? []) bytes += chunk.byteLength;
  const seconds = (performance.now() - startedAt) / 1000;
  return `${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(2)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
}
