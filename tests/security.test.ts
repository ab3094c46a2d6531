// SECURITY.md claims nothing that a test does not show: each promise names its tests, and they are there.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const NAMED = /`((?:tests|plugins)\/[^`]+)`/g;
/** What people are told, and no test can show. */
const FREE = new Set(['Security', 'Who is trusted', 'Not promised']);

const sections = text
  .split(/^#+ /m)
  .slice(1)
  .map((part) => {
    const [title = '', ...lines] = part.split('\n');
    return { title: title.trim(), body: lines.join('\n') };
  });
const namesIn = (part: string): string[] => [...part.matchAll(NAMED)].map(([, name = '']) => name);

test('every test that it names is there', () => {
  const names = namesIn(text);
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => globSync(name, { cwd: ROOT }).length === 0)).toEqual([]);
});

test.each(sections.filter(({ title }) => !FREE.has(title)))(
  '"$title": each row and paragraph names a test',
  ({ body }) => {
    const rows = body
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2);
    const paragraphs = body.split('\n\n').filter((part) => !/^\s*($|\||Not promised:)/.test(part));
    const claims = [...rows, ...paragraphs];
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter((claim) => namesIn(claim).length === 0)).toEqual([]);
  },
);

test('a promise among what is not promised names a test', () => {
  const bullets =
    sections
      .find(({ title }) => title === 'Not promised')
      ?.body.split(/^- /m)
      .slice(1) ?? [];
  const promising = bullets.filter((bullet) => /\b(keeps?|counted|no more|have no|taken out)\b/.test(bullet));
  expect(promising.length).toBeGreaterThan(2);
  expect(promising.filter((bullet) => namesIn(bullet).length === 0)).toEqual([]);
});
