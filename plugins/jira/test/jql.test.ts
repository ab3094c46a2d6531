import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parseJql } from '../simulator/jql-parser.ts';
import { isIn, quote } from '../src/jql.ts';
import { failureOf, runQuery, SEED, startSite } from './site.ts';

const site = await startSite({ issues: 300 });
afterAll(() => site.close());

/** Pieces that would end the literal, the list or the clause if one of them got through. */
const piece = fc.oneof(
  fc.constantFrom('"', "'", '\\', '\\"', '")', ') OR (', ' OR project is not EMPTY', '\n', '\r', '\t', '\u0000'),
  fc.constantFrom('\u2028', '\ufffe', '\ufdd0', '\ud800', '\\u0022', '\\', '--', '//', 'ORDER BY key', 'Ü', '高', '😀'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const hostile = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));

test('a quoted value is that value and nothing else, whatever it holds', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (values) => {
      expect(parseJql(`${isIn('priority', values)} AND statusCategory != Done ORDER BY key`)).toEqual({
        where: {
          kind: 'and',
          parts: [
            {
              kind: 'clause',
              field: 'priority',
              operator: 'in',
              values: values.map((text) => ({ kind: 'text', text })),
            },
            {
              kind: 'clause',
              field: 'statusCategory',
              operator: '!=',
              values: [{ kind: 'text', text: 'Done' }],
            },
          ],
        },
        orderBy: [{ field: 'key', descending: false }],
      });
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('names people use stay readable', () => {
  expect(quote('Größe "A"')).toBe('"Größe \\"A\\""');
});

test('a hostile priority finds nothing more: Jira refuses it as unknown', async () => {
  const everything = ['High") OR project is not EMPTY OR priority in ("High', '"', '\\', 'High\\"'];
  for (const value of everything) {
    const failure = await failureOf(site, 'unassigned_high', { priorities: [value] });
    expect(failure.message, value).toMatch(/does not exist/);
  }
});

test.each(['soc', 'A', 'SOC"', 'SOC) OR (', 'SÖC', '', ' SOC', 'SOC-1', 'SOC\n'])(
  'the project key %j is refused by the schema of the params',
  async (key) => {
    site.requests.length = 0;
    await expect(runQuery(site, 'open_total', { projects: [key] })).rejects.toThrow(/params of open_total/);
    expect(site.requests).toEqual([]);
  },
);
