import { expect, test } from 'vitest';
import { richTextOf } from '../src/rich-text.ts';
import { textOfWiki } from '../src/wiki.ts';

test.each([
  ['h1. Outage\r\n\r\n*Bold*, _italic_, +under+ and -gone- text', 'Outage\nBold, italic, under and gone text'],
  ['* one\n** two\n# three\n- four', 'one\ntwo\nthree\nfour'],
  [
    '[the page|https://example.com/a_b_c] by [~ada] and [https://example.com]',
    'the page by ada and https://example.com',
  ],
  ['{code:java}\nint a = 1;\n{code}\n{quote}said{quote}', 'int a = 1;\nsaid'],
  ['{color:red}red{color} {{mono}} ??cited??', 'red mono cited'],
  ['||name||value||\n|a|1|', 'name value\na 1'],
  ['!shot.png|thumbnail! below', 'shot.png below'],
  ['bq. said\n----\nafter', 'said\nafter'],
  ['one\\\\\ntwo', 'one\ntwo'],
  ['\\*not bold\\*', '*not bold*'],
])('wiki markup %j is the text %j', (markup, text) => {
  expect(textOfWiki(markup)).toBe(text);
});

test.each(['2 * 3 * 4', 'a_b_c and x-y-z', 'C:\\Users\\x', 'wow! really!', '5 - 3 - 1', 'user@example.com', 'a|b'])(
  'plain words like %j stay as they are',
  (plain) => expect(textOfWiki(plain)).toBe(plain),
);

test('nothing but marks and blanks is nothing', () => {
  for (const nothing of ['', ' \r\n ', '{code}{code}', '----']) expect(textOfWiki(nothing)).toBeNull();
});

test('long and hostile markup takes no time', () => {
  const started = performance.now();
  for (const piece of ['*', '_a ', '[', '{code', '|', '!x', '{{', '??', '-', '\\\\', '[a|', '*a*b']) {
    textOfWiki(piece.repeat(30_000 / piece.length));
    textOfWiki(`${piece}${' '.repeat(30_000)}${piece}`);
  }
  expect(performance.now() - started).toBeLessThan(5000);
});

test('both products give the same text', () => {
  const node = (type: string, content: unknown[]): object => ({ type, content });
  const bold = { type: 'text', text: 'Seen', marks: [{ type: 'strong' }] };
  const document = { version: 1, type: 'doc', content: [node('paragraph', [bold, { type: 'text', text: ' twice.' }])] };
  expect(richTextOf(document)).toBe('Seen twice.');
  expect(richTextOf('*Seen* twice.')).toBe('Seen twice.');
});
