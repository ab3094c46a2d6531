import { expect, test } from 'vitest';
import { atLeast, isRole, ROLES } from '../../host/src/access/index.ts';

test('each role may do what those before it may, and no more', () => {
  const table = ROLES.map((role) => ROLES.map((needed) => atLeast(role, needed)));
  expect(table).toEqual([
    [true, false, false, false],
    [true, true, false, false],
    [true, true, true, false],
    [true, true, true, true],
  ]);
});

test.each(['', 'root', 'Admin', 'length', '0'])('"%s" is no role', (value) => {
  expect(isRole(value)).toBe(false);
});
