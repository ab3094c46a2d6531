// Values of vendors as text. Whatever is in them, it is shown and never run; what is too long is cut.
import type { Column } from '@jackfield/schemas';

/** Characters of a cell that are shown: one of a megabyte would hold the page up. */
export const CELL_MOST = 300;

const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function cellText(value: unknown, column: Pick<Column, 'type' | 'unit'>, most = CELL_MOST): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return `${NUMBER.format(value)}${column.unit === undefined ? '' : ` ${column.unit}`}`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (column.type === 'date') return timeText(text, DAY);
  if (column.type === 'datetime') return timeText(text, MOMENT);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function timeText(text: string, format: Intl.DateTimeFormat): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text.slice(0, CELL_MOST) : format.format(at);
}

export function isNumeric({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number';
}
