// Calls that have ended are told to whoever asked for them: to tell one takes the time of two threads.
import { expect, test } from 'vitest';
import type { GatewayCall } from '../../host/src/gateway/index.ts';
import { json, startVendor } from '../support/vendor.ts';
import { startGateway, until } from './support/setup.ts';

test('calls are told of runs that are heard, and of no others', async () => {
  const told: GatewayCall[] = [];
  const asked: string[] = [];
  await using vendor = await startVendor(json('ok'));
  await using gateway = await startGateway(
    {},
    {
      onCall: (call) => told.push(call),
      hears: (runId) => {
        asked.push(runId);
        return runId === 'run-2';
      },
    },
  );
  for (let run = 0; run < 3; run += 1) {
    const { client } = gateway.open({ baseUrl: vendor.url });
    expect((await client.get(vendor.url)).body.toString()).toBe('"ok"');
    expect((await client.get(vendor.url)).body.toString()).toBe('"ok"');
  }
  await until(() => told.length >= 2, 'both calls of the run are told');
  expect(told.map(({ runId, status }) => [runId, status])).toEqual([
    ['run-2', 200],
    ['run-2', 200],
  ]);
  expect(asked).toEqual(['run-1', 'run-2', 'run-3']);
});
