import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { JqlError, parseJql, type Jql } from '../simulator/jql-parser.ts';
import { isIn } from '../src/jql.ts';
import { parseJqlText, restrictJql } from '../src/jql-text.ts';
import { SEED, startSite } from './site.ts';

const site = await startSite({ issues: 300 });
afterAll(() => site.close());
const ONLY_SOC = isIn('project', ['SOC']);

function refusalOf(jql: string): unknown {
  try {
    return restrictJql(jql, ONLY_SOC);
  } catch (error) {
    return error;
  }
}

test.each([
  ['priority = High', '(priority = High) AND project in ("SOC")'],
  ['priority = High OR priority = Low', '(priority = High OR priority = Low) AND project in ("SOC")'],
  [
    'priority = High order\n by created, key desc',
    '(priority = High) AND project in ("SOC") order\n by created, key desc',
  ],
  ['ORDER BY key', 'project in ("SOC") ORDER BY key'],
  ['  ', 'project in ("SOC")'],
  [
    'summary ~ "a) ORDER BY (\\" b" ORDER BY key',
    '(summary ~ "a) ORDER BY (\\" b") AND project in ("SOC") ORDER BY key',
  ],
  ["'order' = 'it\\'s by'", "('order' = 'it\\'s by') AND project in (\"SOC\")"],
  [
    '(a = 1 AND (b in (1, 2))) || cf[10] is EMPTY',
    '((a = 1 AND (b in (1, 2))) || cf[10] is EMPTY) AND project in ("SOC")',
  ],
  [
    'assignee was in (membersOf("x y")) ORDER BY cf[10] DESC',
    '(assignee was in (membersOf("x y"))) AND project in ("SOC") ORDER BY cf[10] DESC',
  ],
])('%j is put into brackets, its order behind them', (jql, restricted) => {
  expect(restrictJql(jql, ONLY_SOC)).toBe(restricted);
});

test('without a restriction the text stays as it is', () => {
  expect(restrictJql('a = 1 OR b = 2 ORDER BY key', undefined)).toBe('a = 1 OR b = 2 ORDER BY key');
  expect(parseJqlText('ORDER BY key')).toEqual({ where: '', orderBy: 'ORDER BY key' });
});

test.each([
  ['a = 1) OR (b = 2', /"\)" at 6 closes nothing/],
  ['a in (1, 2', /"\(" at 6 is not closed/],
  ['a = (1]', /"\]" at 7 closes nothing/],
  ['(a = 1 ORDER BY key)', /"\(" at 1 is not closed/],
  ['a = 1 ORDER BY key) OR (b = 2', /"\)" at 19 cannot stand in an ORDER BY/],
  ['a = 1 ORDER BY key = 1', /"=" at 20 cannot stand/],
  ['a = "1', /quote at 5 is not closed/],
  ['a = "\\x"', /unknown escape/],
  ['a = \\) OR b = 1', /backslash at 5 stands outside quotes/],
  ['a = 1; b', /";" at 6 is reserved/],
  ['a = 1 /* ) */', /"\/" at 7 is reserved/],
  ['a = 1 \uffff', /character at 7/],
  ['a = "\u0000"', /character at 6/],
  ['a = "\ud800"', /character at 6/],
])('%j is refused with its place', (jql, message) => {
  expect(refusalOf(jql)).toMatchObject({ code: 'params_invalid', message: expect.stringMatching(message) });
});

describe('whatever people write', () => {
  /** What could end a literal, a bracket or the condition, mixed with what makes real JQL. */
  const piece = fc.oneof(
    fc.constantFrom('(', ')', '"', "'", '\\', '[', ']', ',', ' OR ', ' AND ', ' NOT ', ' ORDER BY ', 'order', ' by '),
    fc.constantFrom(
      'project = NET',
      'project in (NET, ONB)',
      'priority = High',
      'created >= -30d',
      'key',
      '!',
      '=',
      '||',
    ),
    fc.constantFrom(
      '\\"',
      "\\'",
      '\\u0022',
      '\\u0029',
      '--',
      '//',
      '/*',
      '*/',
      '#',
      ';',
      '\n',
      '\t',
      '\u2028',
      '\uffff',
    ),
    fc.constantFrom(') OR (project = NET', ') OR project is not EMPTY OR (', '") OR ("', ' ORDER BY key) OR ('),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
  const tree = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        'project = NET',
        'project != SOC',
        'priority in (High, "Low")',
        'status is not EMPTY',
        'created < now()',
      ),
      fc.tuple(tie('node'), fc.constantFrom('OR', 'AND'), tie('node')).map((parts) => parts.join(' ')),
      tie('node').map((node) => `(${node})`),
      tie('node').map((node) => `NOT (${node})`),
    ),
  })).node;
  const sorted = fc
    .tuple(tree, fc.constantFrom('', ' ORDER BY key', ' order by created DESC, key'))
    .map((parts) => parts.join(''));

  /** How Jira reads the restricted text; undefined when the text is refused by us or by Jira. */
  const readBack = (jql: string): Jql | undefined => {
    try {
      return parseJql(restrictJql(jql, ONLY_SOC));
    } catch (error) {
      if (error instanceof JqlError || (error as { code?: string }).code === 'params_invalid') return undefined;
      throw error;
    }
  };
  const restriction = { kind: 'clause', field: 'project', operator: 'in', values: [{ kind: 'text', text: 'SOC' }] };
  const bound = (jql: string): boolean => {
    const read = readBack(jql);
    if (read === undefined) return false;
    const { where } = read;
    expect(where?.kind === 'and' ? where.parts.at(-1) : where, jql).toEqual(restriction);
    if (where?.kind === 'and') expect(where.parts, jql).toHaveLength(2);
    return true;
  };

  test('the restriction holds for the whole of it, or it is refused', () => {
    fc.assert(
      fc.property(text, (jql) => void bound(jql)),
      { seed: SEED, numRuns: 5000 },
    );
  });

  test('good JQL passes, keeps its meaning, and finds nothing outside the projects', () => {
    const soc = new Set(site.issues.filter(({ project }) => project.key === 'SOC'));
    fc.assert(
      fc.property(sorted, (jql) => {
        expect(bound(jql), jql).toBe(true);
        const free = site.search(jql).filter((issue) => soc.has(issue));
        expect(site.search(restrictJql(jql, ONLY_SOC))).toEqual(free);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
