// Statements for what comes together: everybody gets their own answer, and a failure is told to those it was for.
import { expect, test } from 'vitest';
import { Gathered } from '../../host/src/gathered.ts';

test('what comes while others are done is done together, and each gets its own result', async () => {
  const batches: number[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const doubled = new Gathered(async (items: readonly number[]) => {
    batches.push([...items]);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return items.map((item) => 2 * item);
  });
  const first = doubled.add(1);
  await expect.poll(() => gates.length).toBe(1);
  const later = [doubled.add(2), doubled.add(3)];
  gates[0]?.resolve();
  expect(await first).toBe(2);
  await expect.poll(() => gates.length).toBe(2);
  gates[1]?.resolve();
  expect(await Promise.all(later)).toEqual([4, 6]);
  expect(batches).toEqual([[1], [2, 3]]);
});

test('one that cannot be done fails alone', async () => {
  const tries: string[][] = [];
  const fragile = new Gathered(async (items: readonly string[]) => {
    tries.push([...items]);
    if (items.includes('poison')) throw new Error('it cannot be stored');
    return items.map((item) => item.toUpperCase());
  });
  const together = await Promise.allSettled([fragile.add('a'), fragile.add('poison'), fragile.add('b')]);
  expect(together.map((end) => (end.status === 'fulfilled' ? end.value : String(end.reason)))).toEqual([
    'A',
    'Error: it cannot be stored',
    'B',
  ]);
  expect(tries).toEqual([['a', 'poison', 'b'], ['a'], ['poison'], ['b']]);
  expect(await fragile.add('c')).toBe('C');
});
