import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Merge } from '../../host/src/queries/merge.ts';

test('every item arrives once, those of one writer in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 8 }), { maxLength: 8 }), fc.scheduler(), async (counts, scheduler) => {
      const merge = new Merge<[writer: number, n: number]>();
      const writers = counts.map(async (count, writer) => {
        for (let n = 0; n < count; n += 1) {
          await scheduler.schedule(Promise.resolve());
          expect(await merge.offer([writer, n])).toBe(true);
        }
      });
      void Promise.all(writers).then(() => merge.end());
      const got: [number, number][] = [];
      const reading = (async () => {
        for (let item = await merge.next(); item !== null; item = await merge.next()) got.push(item);
      })();
      await scheduler.waitFor(reading);
      for (const [writer, count] of counts.entries()) {
        const own = got.filter(([from]) => from === writer).map(([, n]) => n);
        expect(own).toEqual(Array.from({ length: count }, (_, n) => n));
      }
    }),
  );
});

test('a writer goes on only when its item was taken, and writers take turns', async () => {
  const merge = new Merge<string>();
  let taken = 0;
  const writing = ['a', 'b'].map(async (name) => {
    for (const n of [1, 2]) {
      await merge.offer(`${name}${n}`);
      taken += 1;
    }
  });
  await Promise.resolve();
  expect(taken).toBe(0);
  const got = [await merge.next(), await merge.next(), await merge.next(), await merge.next()];
  expect(got).toEqual(['a1', 'b1', 'a2', 'b2']);
  await Promise.all(writing);
});

test('when nobody reads any more, who waits and who comes later is sent away', async () => {
  const merge = new Merge<string>();
  const waiting = merge.offer('a');
  merge.end();
  expect(await waiting).toBe(false);
  expect(await merge.offer('b')).toBe(false);
  expect(await merge.next()).toBeNull();
});
