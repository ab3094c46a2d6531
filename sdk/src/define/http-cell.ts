// Vendor values to cells. What can be read in one way only is; anything else is the vendor's mistake, and is named.
import type { CellTypes, ColumnDef } from './types.ts';

type Types = ColumnDef['type'];

/** Says what was expected. */
export class BadCell extends Error {}

/** How a time is written when it is a number. */
export type Epoch = 's' | 'ms';

/** @throws BadCell when the value cannot be one of the type. */
export function toCell(value: unknown, type: Types, epoch: Epoch | undefined): CellTypes[Types] {
  switch (type) {
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : checked(value, isText, 'text');
    case 'integer':
      return checked(numberOf(value), Number.isSafeInteger, 'an integer');
    case 'number':
      return checked(numberOf(value), Number.isFinite, 'a number');
    case 'boolean':
      return booleanOf(value);
    case 'date':
      return dateOf(value, epoch);
    case 'datetime':
      return timeOf(value, epoch);
    case 'json':
      return value;
  }
}

function checked<T>(value: T, is: (value: unknown) => boolean, expected: string): T {
  if (is(value)) return value;
  throw new BadCell(expected);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

function booleanOf(value: unknown): boolean {
  if (value === true || value === 'true' || value === 1) return true;
  if (value === false || value === 'false' || value === 0) return false;
  throw new BadCell('true or false');
}

const DAY = /^\d{4}-\d\d-\d\d(?=$|T)/;
/** With the offset without which it is no moment: `Z`, `+01:00`, `+0100`. */
const MOMENT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*([Zz]|[+-]\d\d:?\d\d)$/;

function dateOf(value: unknown, epoch: Epoch | undefined): string {
  if (epoch !== undefined) return timeOf(value, epoch).slice(0, 10);
  const [day] = typeof value === 'string' ? (DAY.exec(value) ?? []) : [];
  if (day === undefined || Number.isNaN(Date.parse(day))) throw new BadCell('a date, YYYY-MM-DD');
  return day;
}

function timeOf(value: unknown, epoch: Epoch | undefined): string {
  const expected = epoch === undefined ? 'a time with an offset' : `a time in ${epoch} since 1970`;
  const millis =
    epoch === undefined
      ? typeof value === 'string' && MOMENT.test(value)
        ? Date.parse(value)
        : Number.NaN
      : Number(checked(numberOf(value), Number.isFinite, expected)) * (epoch === 's' ? 1000 : 1);
  // RFC 3339 has four digits for the year.
  if (!(Math.abs(millis) < 253_402_300_800_000)) throw new BadCell(expected);
  return new Date(millis).toISOString();
}
