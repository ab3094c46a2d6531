// pg-boss alone, sending and completing: boss-alone.ts <database>. `/?jobs=…&seconds=…` sends so many, evenly, second by second, and
// answers with the seconds until the last was completed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PgBoss } from 'pg-boss';
import { answersAt } from '../support/tied.ts';

const QUEUE = 'bare';
const [databaseUrl = ''] = process.argv.slice(2);
const boss = new PgBoss({
  connectionString: databaseUrl,
  schema: 'bare',
  useListenNotify: true,
  schedule: false,
  max: 3,
});
boss.on('error', (error) => process.stderr.write(`${String(error)}\n`));
await boss.start();
await boss.createQueue(QUEUE, { notify: true });
let completed = 0;
let onAll: (() => void) | undefined;
let wanted = 0;
await boss.work(QUEUE, { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }, async (jobs) => {
  completed += jobs.length;
  if (completed >= wanted) onAll?.();
});

async function run(jobs: number, seconds: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  completed = 0;
  wanted = jobs;
  onAll = resolve;
  const startedAt = performance.now();
  for (let second = 0; second < seconds; second += 1) {
    // When the last of a second's would be due: at its beginning, all of them would be there a second before ours.
    const late = startedAt + (seconds === 1 ? 0 : second + 1) * 1000 - performance.now();
    if (late > 0) await new Promise((ready) => setTimeout(ready, late));
    const count = Math.floor((jobs * (second + 1)) / seconds) - Math.floor((jobs * second) / seconds);
    const data = Array.from({ length: count }, (_, n) => ({ data: { run: `run-${second}-${n}` } }));
    await boss.insert(QUEUE, data);
  }
  await promise;
  return (performance.now() - startedAt) / 1000;
}

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://bare');
  void run(Number(searchParams.get('jobs')), Number(searchParams.get('seconds'))).then((seconds) =>
    response.end(JSON.stringify({ seconds })),
  );
}).listen(0, '127.0.0.1', () => answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
