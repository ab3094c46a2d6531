import { isDeepStrictEqual } from 'node:util';
import { createAjv } from '@jackfield/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toFieldErrors } from '../../host/src/schema.ts';

const schema = { type: 'array', uniqueItems: true };

/** Each with each. Ajv's own way throws at a member that is called toString. */
const areDifferent = (items: readonly unknown[]): boolean =>
  items.every((item, at) => items.slice(0, at).every((other) => !isDeepStrictEqual(item, other)));

test('items are the same when they are equal in JSON', () => {
  const ours = createAjv().compile(schema);
  const value = fc.jsonValue({ maxDepth: 2 });
  const twice = fc
    .tuple(fc.array(value, { maxLength: 4 }), value)
    .map(([items, item]) => [item, ...items, structuredClone(item)]);
  const items = fc.oneof(
    fc.array(fc.oneof(value, fc.integer({ min: 0, max: 3 }), fc.constantFrom('1', 1, true, 'true', null, -0))),
    twice,
  );
  const verdicts = { same: 0, different: 0 };
  fc.assert(
    fc.property(items, (made) => {
      const list: unknown[] = JSON.parse(JSON.stringify(made));
      const fits = areDifferent(list);
      verdicts[fits ? 'different' : 'same'] += 1;
      expect(ours(list)).toBe(fits);
    }),
    { seed: 7, numRuns: 2000 },
  );
  expect(Math.min(verdicts.same, verdicts.different)).toBeGreaterThan(100);
  expect(
    ours?.([
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ]),
  ).toBe(false);
  expect(ours.errors).toMatchObject([{ keyword: 'uniqueItems', params: { i: 1, j: 0 } }]);
});

test('a list as long as a request may be takes less than two seconds of a core, in what is checked and in a schema', () => {
  const ajv = createAjv();
  const validate = ajv.compile(schema);
  const list = Array.from({ length: 150_000 }, (_, n) => n);
  const before = process.threadCpuUsage();
  expect(validate(list)).toBe(true);
  expect(() => ajv.compile({ type: list })).toThrow('schema is invalid');
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(2);
});

test('of a thousand faults the first hundred are told', () => {
  const validate = createAjv().compile({ type: 'array', items: { type: 'string' } });
  validate(Array.from({ length: 1000 }, (_, n) => n));
  expect(toFieldErrors(validate.errors)).toHaveLength(100);
});
