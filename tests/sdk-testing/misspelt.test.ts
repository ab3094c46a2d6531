// Which names in a row count as a column that is misspelt, and which are other things.
import type { Column } from '@jackfield/schemas';
import { expect, test } from 'vitest';
import { misspellingText, readMisspelling, watchNames, type Misspelling } from '../../sdk/src/runtime/misspelt.ts';

const columnsOf = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'string' }));

function told(columns: readonly Column[], ...rows: unknown[]): Misspelling[] {
  const found: Misspelling[] = [];
  rows.forEach(watchNames(columns, (misspelling) => found.push(misspelling)));
  return found;
}

test.each([
  ['severtiy', 'severity'],
  ['tilte', 'title'],
  ['createdAt', 'created_at'],
  ['Title', 'title'],
  ['names', 'name'],
])('"%s" is "%s", misspelt', (name, column) => {
  expect(told(columnsOf('id', column), { id: 1, [name]: 2 })).toEqual([{ name, column }]);
});

test.each([
  ['updatedBy', 'updated'],
  ['key', 'id'],
  ['ip', 'id'],
  ['owner', 'title'],
])('"%s" is another thing than "%s"', (name, column) => {
  expect(told(columnsOf(column), { [name]: 2 })).toEqual([]);
});

test('a member that is there is not missed, whatever is beside it and whatever it holds', () => {
  expect(told(columnsOf('id', 'title'), { id: null, title: undefined, tilte: 'x', ids: 1 })).toEqual([]);
  expect(told(columnsOf('state', 'stage'), { state: 1 })).toEqual([]);
});

test('one look is enough, and what is no row is left to who reads it', () => {
  const columns = columnsOf('title');
  expect(told(columns, { title: 1 }, { tilte: 2 })).toEqual([]);
  expect(told(columns, null, { tilte: 2 })).toEqual([]);
});

test('who reads the log knows what is meant, and where', () => {
  const text = misspellingText('stream "items"', { name: 'tilte', column: 'title' });
  expect(readMisspelling(text)).toEqual({ steps: ['streams', 'items'], name: 'tilte', column: 'title' });
  expect(readMisspelling('query "items" is slow')).toBeUndefined();
});
