// A bare worker that imports and answers: bare-worker.ts <vendor>. `/` starts one, which loads the rows' code, asks the vendor, maps what
// it says and ends.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { answersAt } from '../support/tied.ts';

if (isMainThread) {
  const [vendor = ''] = process.argv.slice(2);
  const server = createServer((_request, response) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: null, argv: [vendor] });
    worker.once('message', (body: Uint8Array) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      void worker.terminate();
    });
  }).listen(0, '127.0.0.1', () => answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
} else {
  const { mapAlerts } = await import('../support/alerts.ts');
  const response = await fetch(`${process.argv[2]}/alerts`);
  const body = new TextEncoder().encode(JSON.stringify({ rows: mapAlerts(await response.json()) }));
  parentPort?.postMessage(body, [body.buffer]);
}
