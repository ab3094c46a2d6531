import { describe, expect, test } from 'vitest';
import { distanceText, durationText } from '../../host/src/cli/duration-text.ts';
import { createProgress } from '../../host/src/cli/progress.ts';

function screen(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return { isTTY, ...(columns === undefined ? {} : { columns }), written, write: (text: string) => written.push(text) };
}

const lines = (...texts: string[]): Map<string, string> => new Map(texts.map((text, n) => [String(n), text]));

describe('progress', () => {
  test('is drawn over on a terminal, and what is said stays above it', () => {
    const on = screen(true, 20);
    const progress = createProgress(on, {}, () => 0);
    progress.show(lines('one runs', 'two runs, and goes on for long'));
    progress.say('one is done');
    progress.show(lines('two'));
    progress.end();
    expect(on.written).toEqual([
      'one runs\n',
      'two runs, and goes \n',
      '\u001b[2A\u001b[0J',
      'one is done\n',
      'two\n',
      '\u001b[1A\u001b[0J',
    ]);
  });

  test.each([
    ['no terminal', false, {}],
    ['a build server', true, { CI: 'true' }],
    ['a terminal that cannot', true, { TERM: 'dumb' }],
  ])('comes as lines now and then on %s', (_what, isTTY, env) => {
    const on = screen(isTTY);
    let now = 0;
    const progress = createProgress(on, env, () => now);
    progress.show(lines('a: 1'));
    now = 9_000;
    progress.show(lines('a: 2'));
    now = 10_000;
    progress.show(lines('a: 3'));
    progress.say('a is done');
    progress.end();
    expect(on.written).toEqual(['a: 1\n', 'a: 3\n', 'a is done\n']);
  });
});

test('durations are as people say them', () => {
  const of = [0, 1234, 12_345, 59_999, 60_000, 3_599_999, 7_200_000, 200_000_000].map(durationText);
  expect(of).toEqual(['0.0 s', '1.2 s', '12 s', '60 s', '1 min', '59 min', '2 h', '2 d']);
  expect(distanceText(null, 0)).toBe('-');
  expect(distanceText(new Date(1000).toISOString(), 3000)).toBe('2.0 s ago');
  expect(distanceText(new Date(5000).toISOString(), 3000)).toBe('in 2.0 s');
});
