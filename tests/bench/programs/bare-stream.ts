// A bare Readable that stringifies rows on the main thread, batch by batch: `/?rows=…`. `/small` answers at once, when it can.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { answersAt } from '../support/tied.ts';
import { WIDE_BATCH, wideBatch } from '../support/wide-rows.ts';

function* body(rows: number): Generator<string> {
  yield '{"rows":[';
  for (let from = 0; from < rows; from += WIDE_BATCH) {
    const batch = wideBatch(from, rows).map((row) => JSON.stringify(row));
    yield `${from === 0 ? '' : ','}${batch.join(',')}`;
  }
  yield ']}';
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://bare');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (url.pathname === '/small') response.end('{}');
  else Readable.from(body(Number(url.searchParams.get('rows'))), { objectMode: false }).pipe(response);
}).listen(0, '127.0.0.1', () => answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
