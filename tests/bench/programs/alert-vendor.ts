// A vendor that has its answer ready and takes so many milliseconds to give it: alert-vendor.ts [milliseconds]. `/calls` counts.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { alertsBody } from '../support/alerts.ts';
import { answersAt } from '../support/tied.ts';

const delay = Number(process.argv[2] ?? 0);
const body = alertsBody();
const head = { 'content-type': 'application/json', 'content-length': body.byteLength };
let calls = 0;

const server = createServer((request, response) => {
  if (request.url === '/calls') {
    response.end(String(calls));
    return;
  }
  calls += 1;
  if (delay === 0) answer(response);
  else setTimeout(answer, delay, response);
}).listen(0, '127.0.0.1', () => {
  answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

function answer(response: ServerResponse): void {
  response.writeHead(200, head).end(body);
}
