// A place that is free while a run waits is a vendor that is read later than it could be.
import { expect, test } from 'vitest';
import { createRunPlaces } from '../../host/src/sync/run-places.ts';

const LONG = 600_000;
const { signal } = new AbortController();

/** Runs that end when they are told to. */
function runs(count: number) {
  return Array.from({ length: count }, () => Promise.withResolvers<void>());
}

test('the last places are taken while all the others are held for long', async () => {
  const places = createRunPlaces({ runsPerHost: 16, claimPatience: 1 });
  for (const { promise } of runs(13)) places.take(promise);
  expect(await places.free(4, signal)).toBe(3);
});

test('places that get free within the time are waited for, and what ends together leaves together', async () => {
  const places = createRunPlaces({ runsPerHost: 4, claimPatience: LONG });
  const held = runs(4);
  for (const { promise } of held) places.take(promise);
  const asked = places.free(2, signal);
  held[0]?.resolve();
  await held[0]?.promise;
  for (const { resolve } of held.slice(1)) resolve();
  expect(await asked).toBe(4);
});

test('none is free when there is none, until one run ends', async () => {
  const places = createRunPlaces({ runsPerHost: 2, claimPatience: 1 });
  const held = runs(2);
  for (const { promise } of held) places.take(promise);
  let free: number | undefined;
  const asked = places.free(2, signal).then((count) => (free = count));
  await new Promise((passed) => setTimeout(passed, 20));
  expect(free).toBeUndefined();
  held[0]?.resolve();
  expect(await asked).toBe(1);
});

test('whoever waits for places is told when the host stops', async () => {
  const places = createRunPlaces({ runsPerHost: 1, claimPatience: LONG });
  const [held] = runs(1);
  places.take(held?.promise ?? Promise.resolve());
  const stopping = new AbortController();
  const asked = places.free(1, stopping.signal);
  stopping.abort();
  held?.resolve();
  expect(await asked).toBe(0);
  await places.empty();
});
