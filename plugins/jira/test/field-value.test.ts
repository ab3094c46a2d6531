import { expect, test } from 'vitest';
import { cellOf, columnOf } from '../src/field-value.ts';
import { chooseFields, type Field } from '../src/fields.ts';

const field = (type: string | null, items: string | null = null): Field => ({
  id: 'customfield_1',
  name: 'F',
  type,
  items,
});
const doc = { version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'rich' }] }] };

test.each([
  [field('string'), 'string', 'plain', 'plain'],
  [field('string'), 'string', doc, 'rich'],
  [field('string'), 'string', [1], null],
  [field('number'), 'number', 2.5, 2.5],
  [field('number'), 'number', '2.5', null],
  [field('date'), 'date', '2026-03-30', '2026-03-30'],
  [field('date'), 'date', 'soon', null],
  [field('datetime'), 'datetime', '2026-03-30T02:00:00.000-0800', '2026-03-30T10:00:00.000Z'],
  [field('user'), 'string', { accountId: 'a', displayName: 'Ada' }, 'Ada'],
  [field('user'), 'string', { accountId: 'a' }, 'a'],
  [field('option'), 'string', { id: '1', value: 'Severe' }, 'Severe'],
  [field('option-with-child'), 'string', { value: 'EU', child: { value: 'Berlin' } }, 'EU / Berlin'],
  [field('priority'), 'string', { id: '1', name: 'High' }, 'High'],
  [field('issuelink'), 'string', { id: '1', key: 'SOC-1' }, 'SOC-1'],
  [field('array', 'string'), 'string', ['a', 'b'], 'a, b'],
  [field('array', 'option'), 'string', [{ value: 'x' }, null, { value: 'y' }], 'x, y'],
  [field('array', 'version'), 'string', [{ name: '1.0' }], '1.0'],
  [field('array', 'version'), 'string', [], ''],
  [field('array', 'version'), 'string', 'none', null],
  [field('array', 'json'), 'json', [{ id: 1, name: 'Sprint 1' }], [{ id: 1, name: 'Sprint 1' }]],
  [field('array', 'worklog'), 'json', { total: 0 }, { total: 0 }],
  [field('any'), 'json', '0|i0001:', '0|i0001:'],
  [field('sd-servicelevelagreement'), 'json', { id: '3' }, { id: '3' }],
  [field(null), 'json', null, null],
] as const)('%j is a column of type %s: %j reads %j', (of, type, value, cell) => {
  expect(columnOf(of).type).toBe(type);
  expect(cellOf(of, value)).toEqual(cell);
});

test('a field that is chosen twice is one column, and an id goes before a name', () => {
  const summary = { id: 'summary', name: 'Summary', type: 'string', items: null };
  const trap = { id: 'customfield_2', name: 'summary', type: 'number', items: null };
  expect(chooseFields([trap, summary], ['summary', 'customfield_2', 'SUMMARY'])).toEqual([summary, trap]);
});

test('a heading is no longer than columns allow', () => {
  expect(columnOf({ ...field('string'), name: 'n'.repeat(300) }).label).toHaveLength(80);
});
