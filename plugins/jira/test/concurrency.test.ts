import { expect, test } from 'vitest';
import { mapConcurrently } from '../src/concurrency.ts';

test('no more calls are under way than the width, and results keep the order of the items', async () => {
  let running = 0;
  let most = 0;
  const items = Array.from({ length: 40 }, (_, index) => index);
  const doubled = await mapConcurrently(items, 4, async (item) => {
    most = Math.max(most, ++running);
    // The later an item starts, the earlier it ends.
    for (let turn = 40 - item; turn > 0; turn--) await Promise.resolve();
    running--;
    return item * 2;
  });
  expect(doubled).toEqual(items.map((item) => item * 2));
  expect(most).toBe(4);
});

test('after a failure nothing new starts and nothing is left running', async () => {
  const started: number[] = [];
  const ended: number[] = [];
  const outcome = mapConcurrently([0, 1, 2, 3, 4, 5], 3, async (item) => {
    started.push(item);
    if (item === 1) throw new Error('item 1');
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    ended.push(item);
  });
  await expect(outcome).rejects.toThrow('item 1');
  expect(started).toEqual([0, 1, 2]);
  expect(ended).toEqual([0, 2]);
});
