// A cell as text for people. Whatever a vendor has put into it stays text: nothing here makes markup.
import type { Column } from '@jackfield/schemas';
import type { Cell } from './row.ts';

/** Longer than anybody reads in a cell; a vendor may send a megabyte. */
const LONGEST = 300;

const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const COMPACT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function cellText(value: Cell, column: Pick<Column, 'type' | 'unit'>): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number') return withUnit(value, column.unit);
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'object') return shortened(JSON.stringify(value));
  const text = String(value);
  if (column.type === 'datetime' || column.type === 'date') return timeText(text, column.type);
  return shortened(text);
}

export function isNumeric({ type }: Pick<Column, 'type'>): boolean {
  return type === 'number' || type === 'integer';
}

export function headingOf({ label, name }: Column): string {
  return shortened(label ?? name);
}

/** "12.4 GB", "80 %", "3 h" */
export function withUnit(value: number, unit: string | undefined): string {
  if (unit === undefined || unit === '') return NUMBER.format(value);
  const scale = SCALES[unit];
  if (scale === undefined) return `${NUMBER.format(value)} ${unit}`;
  const [steps, base] = scale;
  let scaled = value;
  let step = 0;
  while (Math.abs(scaled) >= base && step < steps.length - 1) {
    scaled /= base;
    step += 1;
  }
  return `${NUMBER.format(scaled)} ${steps[step]}`;
}

/** For an axis, where there is little room. */
export function briefly(value: number, unit: string | undefined): string {
  return unit !== undefined && SCALES[unit] !== undefined ? withUnit(value, unit) : COMPACT.format(value);
}

const SCALES: Readonly<Record<string, readonly [steps: readonly string[], base: number]>> = {
  bytes: [['B', 'kB', 'MB', 'GB', 'TB', 'PB'], 1000],
  B: [['B', 'kB', 'MB', 'GB', 'TB', 'PB'], 1000],
  bps: [['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'], 1000],
  kbps: [['kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'], 1000],
  ms: [['ms', 's'], 1000],
};

/** An age in words: "12 minutes". */
export function ageText(ms: number): string {
  const [unit, length] = AGES.find(([, length]) => ms >= length) ?? (['second', 1000] as const);
  const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(undefined, style).format(Math.max(0, Math.floor(ms / length)));
}

const AGES = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

export function timeText(iso: string, type: 'date' | 'datetime' = 'datetime'): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return shortened(iso);
  return (type === 'date' ? DATE : TIME).format(time);
}

/** Whole characters: half an emoji is none. */
export function shortened(text: string, most: number = LONGEST): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
