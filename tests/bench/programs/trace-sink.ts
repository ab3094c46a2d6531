// A collector that takes traces and forgets them: `/count` says how many spans it has had.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answersAt } from '../support/tied.ts';

let spans = 0;
const server = createServer((request, response) => {
  if (request.url === '/count') return void response.end(String(spans));
  void text(request).then((body) => {
    spans += body.split('"spanId"').length - 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
}).listen(0, '127.0.0.1', () => answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
