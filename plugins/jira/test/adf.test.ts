import { expect, test } from 'vitest';
import { textOfDocument } from '../src/adf.ts';

const text = (value: string): object => ({ type: 'text', text: value });
const block = (type: string, ...content: object[]): object => ({ type, content });
const doc = (...content: object[]): object => ({ version: 1, type: 'doc', content });

test('a document is its text, a line per block', () => {
  const document = doc(
    block('heading', text('Outage')),
    block('paragraph', text('Seen by '), { type: 'mention', attrs: { id: 'x', text: '@Ada' } }, text(' at noon')),
    block('bulletList', block('listItem', block('paragraph', text('one'), { type: 'hardBreak' }, text('two')))),
    block('paragraph'),
    { type: 'blockCard', attrs: { url: 'https://example.com/a' } },
    block(
      'paragraph',
      { type: 'date', attrs: { timestamp: '1774828800000' } },
      { type: 'emoji', attrs: { shortName: ':ok:' } },
    ),
  );
  expect(textOfDocument(document)).toBe(
    'Outage\nSeen by @Ada at noon\none\ntwo\nhttps://example.com/a\n2026-03-30:ok:',
  );
});

test('a plain string stays as it is, and nothing is nothing', () => {
  expect(textOfDocument('h1. As *written*\n\n')).toBe('h1. As *written*\n\n');
  for (const nothing of [null, undefined, 7, [], {}, doc(), doc(block('paragraph')), doc({ type: 'date' })]) {
    expect(textOfDocument(nothing)).toBeNull();
  }
});

test('a document that is nested without end is cut, not followed', () => {
  let node: object = block('paragraph', text('deep'));
  for (let depth = 0; depth < 50_000; depth++) node = block('blockquote', node);
  expect(textOfDocument(doc(block('paragraph', text('top')), node))).toBe('top');
});

test('a text of blanks takes no time', () => {
  const started = performance.now();
  expect(textOfDocument(doc(block('paragraph', text(`a${' '.repeat(1_000_000)}b`))))).toHaveLength(1_000_002);
  expect(performance.now() - started).toBeLessThan(2000);
});
