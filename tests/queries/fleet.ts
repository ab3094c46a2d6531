// Many instances of one plugin on a test's host, all at one vendor that tells them apart by their path.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { QueryResult } from '@jackfield/schemas';
import type { TestHost } from '../support/host.ts';
import { json, startVendor, type Vendor, type VendorAnswer } from '../support/vendor.ts';

export interface Fleet extends AsyncDisposable {
  readonly vendor: Vendor;
  /** Instance ids, in the order of their names. */
  readonly ids: readonly string[];
  /** How the vendor answers one instance; others keep giving one row with their number. */
  answers(id: string, answer: VendorAnswer): void;
  /** How often the vendor was asked for this instance. */
  callsOf(id: string): number;
  remove(): Promise<void>;
}

/** Ids begin with `name`, which no other fleet of the host may have. */
export async function createFleet(running: TestHost, plugin: string, name: string, size: number): Promise<Fleet> {
  const answers = new Map<string, VendorAnswer>();
  const vendor = await startVendor((request: IncomingMessage, response: ServerResponse) => {
    const id = request.url?.split('/')[1] ?? '';
    const answer = answers.get(id) ?? json([{ z: ids.indexOf(id), a: id }]);
    answer(request, response);
  });
  const ids = Array.from({ length: size }, (_, n) => `${name}-${String(n).padStart(2, '0')}`);
  for (const id of ids) {
    const config = { baseUrl: `${vendor.url}/${id}` };
    const body = { id, plugin, name: `Desk ${id}`, config };
    const { status } = await running.api.call('POST', '/api/instances', body);
    if (status !== 201) throw new Error(`instance ${id}: ${status}`);
  }
  const remove = async (): Promise<void> => {
    for (const id of ids) await running.api.send('DELETE', `/api/instances/${id}`);
    await vendor.close();
  };
  return {
    vendor,
    ids,
    answers: (id, answer) => void answers.set(id, answer),
    callsOf: (id) => vendor.calls.filter((call) => call.includes(`/${id}/`)).length,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

export type FanOutResult = QueryResult & { meta: NonNullable<QueryResult['meta']> & { instances: object[] } };
