// A vendor that has its pages ready as bytes, so that what is measured is the host.
import { startVendor, type Vendor } from '../../support/vendor.ts';
import { ticketRow } from './ticket-rows.ts';

export interface TicketVendor extends Vendor {
  /** Every row changes; undefined: there is none. */
  setEdition(edition: number | undefined): void;
}

export async function startTicketVendor(rows: number, pageRows: number, editions: number): Promise<TicketVendor> {
  let pages: Buffer[] = [];
  const vendor = await startVendor((request, response) => {
    const page = Number(new URL(request.url ?? '/', 'http://vendor').searchParams.get('page'));
    const body = pages[page] ?? '[]';
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
  const pagesOf = (edition: number): Buffer[] =>
    Array.from({ length: Math.ceil(rows / pageRows) }, (_, page) => {
      const length = Math.min(pageRows, rows - page * pageRows);
      return Buffer.from(JSON.stringify(Array.from({ length }, (_row, n) => ticketRow(page * pageRows + n, edition))));
    });
  // All of them beforehand: making them leaves garbage behind, and clearing that away would fall into what is measured.
  const prepared = Array.from({ length: editions }, (_, edition) => pagesOf(edition));
  const setEdition = (edition: number | undefined): void => {
    pages = edition === undefined ? [] : (prepared[edition] ?? []);
  };
  return Object.assign(vendor, { setEdition });
}
