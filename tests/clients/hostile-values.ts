// Values that somebody who wants to change a query would give to a client parameter.
import fc from 'fast-check';

export const HOSTILE: readonly string[] = [
  '") OR project is not EMPTY',
  '" OR "1"="1',
  "' OR 'a' = 'a",
  '\\',
  '\\"',
  "\\'",
  '\\\\" OR 1 = 1',
  '\\u0022) OR (1 = 1',
  'u0022',
  '0022',
  'n',
  'a\nORDER BY created',
  '\r\n\t\0\u0007\u001b\u007f\u0085',
  '\u2028\u2029\u00a0\ufeff\u200b\u202e',
  '\ufdd0\ufffe\uffff',
  '\ud800',
  '\udc00x\ud800',
  '😀"',
  'ＡＮＤ “quoted” ＝',
  '%22%20OR%201%3D1',
  '%00',
  '%2e%2e%2f',
  '2e',
  '2f..',
  '.',
  '..',
  '%2e',
  '../..',
  '..\\..',
  '/',
  '//evil.example',
  'https://evil.example/',
  '?a=b&c=d#e',
  'a b+c',
  ';',
  '',
  ' ',
  '${client.x}',
  '$${',
  '$&',
  '${',
  'EMPTY',
  'currentUser()',
  '-30d',
];

const bits = fc.constantFrom(
  '"',
  "'",
  '\\',
  '(',
  ')',
  ' OR ',
  ' and ',
  '=',
  'u',
  '0022',
  '\n',
  '\0',
  '%',
  '2f',
  '/',
  '.',
  '?',
  '&',
  '#',
);
const unit = fc.oneof(bits, fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 2 }));
/** Half a surrogate pair now and then: `string` never makes one. */
const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));

export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
  {
    weight: 3,
    arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: unit }, half), { maxLength: 8 }).map((all) => all.join('')),
  },
);

/** Also numbers and flags, as parameters may be. */
export const hostileParameter: fc.Arbitrary<string | number | boolean> = fc.oneof(
  { weight: 8, arbitrary: hostile },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
