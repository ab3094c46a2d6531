// What a field holds, as a cell. The site's own schema says what to expect; what does not fit it is an empty cell.
import type { ColumnDef } from '@jackfield/sdk';
import { textOfDocument } from './adf.ts';
import { richTextOf } from './rich-text.ts';
import type { Field } from './fields.ts';
import { partOf, textOf } from './issue.ts';
import { isObject } from './request.ts';
import { dateOf, datetimeOf } from './time.ts';

type Kind = 'text' | 'number' | 'date' | 'datetime' | 'name' | 'list' | 'json';

/** By the type that the site's schema names. */
const KINDS: ReadonlyMap<string | null, Kind> = new Map<string | null, Kind>([
  ['string', 'text'],
  ['number', 'number'],
  ['date', 'date'],
  ['datetime', 'datetime'],
  ...['user', 'group', 'option', 'option-with-child'].map((type) => [type, 'name'] as const),
  ...['priority', 'status', 'statusCategory', 'resolution', 'issuetype'].map((type) => [type, 'name'] as const),
  ...['project', 'component', 'version', 'securitylevel', 'issuelink'].map((type) => [type, 'name'] as const),
]);

const COLUMN_TYPES = {
  text: 'string',
  number: 'number',
  date: 'date',
  datetime: 'datetime',
  name: 'string',
  list: 'string',
  json: 'json',
} as const satisfies Record<Kind, ColumnDef['type']>;

/** Data Center writes them as wiki markup, in a string like any other. */
const RICH = new Set(['description', 'environment']);

function kindOf({ type, items }: Field): Kind {
  if (type === 'array') return items !== null && ['text', 'name'].includes(KINDS.get(items) ?? '') ? 'list' : 'json';
  return KINDS.get(type) ?? 'json';
}

export function columnOf(field: Field): ColumnDef {
  return { type: COLUMN_TYPES[kindOf(field)], label: field.name.slice(0, 80) };
}

/** The cell of a field's value. */
export function cellOf(field: Field, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (kindOf(field)) {
    case 'text':
      return RICH.has(field.id) ? richTextOf(value) : (textOf(value) ?? nameOf(value));
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'date':
      return dateOf(value)?.toString() ?? null;
    case 'datetime':
      return datetimeOf(value);
    case 'name':
      return nameOf(value);
    case 'list':
      return Array.isArray(value)
        ? value
            .map(nameOf)
            .filter((name) => name !== null)
            .join(', ')
        : null;
    case 'json':
      return value;
  }
}

/** What people call it: a person's display name, an option's value, anything else's name; rich text as plain text. */
function nameOf(value: unknown): string | null {
  if (!isObject(value)) return typeof value === 'number' ? String(value) : textOf(value);
  if (value.type === 'doc') return textOfDocument(value);
  const own = ['displayName', 'value', 'name', 'key', 'accountId'].map((part) => partOf(value, part));
  const name = own.find((each) => each !== null) ?? null;
  const child = partOf(value.child, 'value');
  return child === null ? name : `${name ?? ''} / ${child}`;
}
