import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillPlaceholders } from '../../host/src/clients/index.ts';
import { parseJql } from '../../plugins/jira/simulator/jql-parser.ts';
import { problemOf } from '../instances/fixture.ts';
import { hostile, hostileParameter } from './hostile-values.ts';

const schema = {
  type: 'object',
  properties: { jql: { type: 'string', contentMediaType: 'application/jql' } },
} as const;
const place = { instanceId: 'acme-jira', clientId: 'acme' };

const fill = (jql: string, parameters: Record<string, string | number | boolean>): string =>
  fillPlaceholders(schema, { jql }, parameters, place)['jql'] as string;

interface Token {
  readonly kind: 'string' | 'other';
  readonly text: string;
}

const ESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\', ' ': ' ' };

/** JQL's lexer as its grammar has it, written from the grammar and not from the code under test: literals and everything else. */
function tokens(jql: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < jql.length) {
    const quote = jql[at] === '"' || jql[at] === "'" ? jql[at] : undefined;
    let text = '';
    if (quote === undefined) {
      // Words, symbols and blanks up to the next quote; `\` takes the next character along.
      while (at < jql.length && jql[at] !== '"' && jql[at] !== "'") {
        const length = jql[at] === '\\' ? 2 : 1;
        text += jql.slice(at, at + length);
        at += length;
      }
      found.push({ kind: 'other', text });
      continue;
    }
    for (at += 1; jql[at] !== quote; at += 1) {
      const char = jql.codePointAt(at) === undefined ? undefined : String.fromCodePoint(jql.codePointAt(at) ?? 0);
      if (char === undefined) throw new Error(`the literal is not closed: ${jql}`);
      if (/[\p{Cc}\p{Cs}\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]/u.test(char)) throw new Error(`unprintable in ${jql}`);
      if (char !== '\\') {
        text += char;
        at += char.length - 1;
      } else if (jql[at + 1] === 'u') {
        const hex = /^[0-9a-f]{4}/i.exec(jql.slice(at + 2, at + 6))?.[0];
        if (hex === undefined) throw new Error(`no escape in ${jql}`);
        text += String.fromCharCode(Number.parseInt(hex, 16));
        at += 5;
      } else {
        at += 1;
        const plain = ESCAPED[jql[at] ?? ''];
        if (plain === undefined) throw new Error(`no escape in ${jql}`);
        text += plain;
      }
    }
    at += 1;
    found.push({ kind: 'string', text });
  }
  return found;
}

const MARK = 'MARK';
/** The structure of a query with a harmless value, in which the value is then put where the harmless one is. */
function expected(jql: string, value: string | number | boolean): { tokens: Token[]; parsed: unknown } {
  const harmless = fill(jql, { x: MARK });
  const put = (text: string): string => text.split(MARK).join(String(value));
  const putAll = (node: unknown): unknown => {
    if (typeof node === 'string') return put(node);
    if (Array.isArray(node)) return node.map(putAll);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, putAll(item)]));
  };
  return {
    tokens: tokens(harmless).map(({ kind, text }) => ({ kind, text: kind === 'string' ? put(text) : text })),
    parsed: putAll(parseJql(harmless)),
  };
}

const word = fc.constantFrom('status', 'project', 'a b', 'x\\"y', "it's", 'c:\\\\', 'n\\u0041', '', '\\u00e9 ');
const inQuotes = fc.tuple(word, word).map(([a, b]) => `"${a}\${client.x}${b}"`);
const inSingleQuotes = fc
  .tuple(word, word)
  .map(([a, b]) => `'${`${a}\${client.x}${b}`.replaceAll(/(?<!\\)'/g, String.raw`\'`)}'`);
const bare = fc.constant('${client.x}');
const operand = fc.oneof(bare, inQuotes, inSingleQuotes, fc.constantFrom('Done', '"a \\" b"', "'\\\\'", '5', 'EMPTY'));
const clause = fc.oneof(
  fc
    .tuple(fc.constantFrom('project', 'status', '"Epic Link"'), fc.constantFrom(' = ', '=', ' != '), operand)
    .map((all) => all.join('')),
  fc.array(operand, { minLength: 1, maxLength: 4 }).map((all) => `status in (${all.join(', ')})`),
  fc.array(operand, { minLength: 1, maxLength: 3 }).map((all) => `NOT project not in (${all.join(',')})`),
);
const query = fc
  .tuple(
    fc.array(clause, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(' AND ', ' or ', ' && '),
    fc.constantFrom('', ' ORDER BY created DESC'),
  )
  .map(([clauses, join, order]) => clauses.join(join) + order);

test('no value changes the structure of a query, and each arrives as it is', () => {
  fc.assert(
    fc.property(query, hostileParameter, (jql, value) => {
      const filled = fill(jql, { x: value });
      const wanted = expected(jql, value);
      expect(tokens(filled)).toEqual(wanted.tokens);
      expect(parseJql(filled)).toEqual(wanted.parsed);
    }),
    { numRuns: 3000 },
  );
});

test('a value on its own is one literal', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      expect(tokens(fill('${client.x}', { x: value }))).toEqual([{ kind: 'string', text: value }]);
    }),
    { numRuns: 1000 },
  );
});

test('a template of any shape is refused, or filled so that its literals are where they were', () => {
  const pieces = fc.constantFrom(
    '"',
    "'",
    '\\',
    '\\u',
    '\\u00',
    ' ',
    '(',
    'a',
    '=',
    '${client.x}',
    '${client.x}',
    '$${',
    '4',
    '%',
  );
  const template = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(''));
  const shapeOf = (jql: string): string =>
    tokens(jql)
      .map(({ kind, text }) => (kind === 'string' ? '""' : text))
      .join('');
  const unlessRefused = (work: () => string): string | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  fc.assert(
    fc.property(template, hostile, (jql, value) => {
      // A query that is broken whatever the value is Jira's to refuse.
      const harmless = unlessRefused(() => shapeOf(fill(jql, { x: MARK })));
      fc.pre(harmless !== undefined);
      expect(shapeOf(fill(jql, { x: value }))).toBe(harmless);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['right after a backslash', 'summary = "a\\${client.x}"'],
  ['right after a backslash outside of quotes', 'summary = \\${client.x}'],
  ['in a unicode escape', 'summary = "\\u00${client.x}"'],
  ['against a word', 'project = A${client.x}'],
  ['before a word', 'updated > ${client.x}d'],
  ['against a literal', 'project = "A"${client.x}'],
  ['against another', 'project = ${client.x}${client.x}'],
])('a placeholder %s is refused', async (_where, jql) => {
  const problem = await problemOf(Promise.try(() => fill(jql, { x: 'y' })));
  expect(problem).toMatchObject({ code: 'params_invalid', options: { errors: [{ pointer: '/params/jql' }] } });
  expect(problem.options.next).toContain('quotes');
});

test('numbers and flags are literals too, and part of a literal they are text', () => {
  expect(fill('a = ${client.n} AND b = "-${client.n}d" AND c = ${client.f}', { n: 30, f: true })).toBe(
    'a = "30" AND b = "-30d" AND c = "true"',
  );
});
