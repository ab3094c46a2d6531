import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../host/src/errors.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { pauseAfter } from '../../host/src/reminders/back-off.ts';
import { dueReminders } from '../../host/src/reminders/thresholds.ts';

const DAYS = [90, 60, 30, 14, 7, 1];
const known = (daysLeft: number, daysLeftWhenKnown = 1000, recorded: number[] = []) =>
  dueReminders(DAYS, { daysLeft, daysLeftWhenKnown, recorded }).map(({ daysBefore, skip }) =>
    skip === undefined ? daysBefore : `${daysBefore} ${skip}`,
  );

test.each([
  ['nothing before the first', 91, 1000, [], []],
  ['one on its day', 30, 1000, [90, 60], [30]],
  ['none twice', 25, 1000, [90, 60, 30], []],
  ['all that were missed', 5, 1000, [90], [60, 30, 14, 7]],
  ['on the last day', 0, 1000, [90, 60, 30, 14, 7], [1]],
  ['none after the end', -1, 1000, [], []],
  ['the nearest of those before it was known', 20, 20, [], ['90 passed_before_known', '60 passed_before_known', 30]],
  [
    'the day itself is not before',
    14,
    14,
    [],
    ['90 passed_before_known', '60 passed_before_known', '30 passed_before_known', 14],
  ],
  ['known at 20 and not looked at until 10', 10, 20, [], ['90 passed_before_known', '60 passed_before_known', 30, 14]],
])('%s', (_what, daysLeft, daysLeftWhenKnown, recorded, due) => {
  expect(known(daysLeft, daysLeftWhenKnown, recorded)).toEqual(due);
});

test('a threshold that a plugin brings after a nearer one was recorded is not sent late', () => {
  const contract = { daysLeft: 10, daysLeftWhenKnown: 1000, recorded: [30, 14] };
  expect(dueReminders([45, 30, 14, 10, 7], contract)).toEqual([
    { daysBefore: 45, skip: 'added_later' },
    { daysBefore: 10 },
  ]);
});

test('whenever hosts look, each threshold is decided once, and a host that looks daily decides the same as one that does not', () => {
  const days = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      days,
      fc.integer({ min: 0, max: 150 }),
      fc.array(fc.boolean(), { minLength: 151, maxLength: 151 }),
      (days, since, up) => {
        const decide = (isUp: (day: number) => boolean): Map<number, boolean> => {
          const decided = new Map<number, boolean>();
          for (let daysLeft = since; daysLeft >= 0; daysLeft -= 1) {
            if (!isUp(daysLeft)) continue;
            const contract = { daysLeft, daysLeftWhenKnown: since, recorded: [...decided.keys()] };
            for (const { daysBefore, skip } of dueReminders(days, contract)) {
              expect(decided.has(daysBefore)).toBe(false);
              decided.set(daysBefore, skip === undefined);
            }
          }
          return decided;
        };
        const daily = decide(() => true);
        // However many days it misses, it is up on the last.
        const seldom = decide((day) => day === 0 || up[day] === true);
        expect(seldom).toEqual(daily);
        expect(new Set(daily.keys())).toEqual(new Set(days));
        expect([...daily].filter(([day, sent]) => sent && day > since).length).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('pauses double up to the longest; what a person must fix waits; a vendor that names its time is obeyed', () => {
  const limits = defaultLimits.reminders;
  const pause = (attempts: number, problem: Problem, random = 0.5) => pauseAfter(attempts, problem, limits, random);
  const down = new Problem('vendor_unavailable', 'x');
  expect([1, 2, 3, 9, 1000].map((attempts) => pause(attempts, down))).toEqual(
    [1, 2, 4, 256, 360].map((minutes) => minutes * 60_000),
  );
  expect(pause(1, down, 0)).toBeLessThan(pause(1, down, 1));
  expect(pause(1, new Problem('auth_failed', 'x'))).toBe(limits.personPause);
  const limited = new Problem('rate_limited', 'x', { retryAfterMs: 86_400_000 });
  expect(pause(1, limited)).toBe(86_400_000);
});
