// Vendor values to cells. FortiOS gives numbers as strings here and there, and leaves fields out: what cannot be read is null.

/** An object of a vendor's answer. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function numberOf(value: unknown): number | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/**
 * For integer columns, which hold safe integers only. Byte counters are number columns instead: a real device was seen to
 * count beyond 2^53 on a port without a link.
 */
export function integerOf(value: unknown): number | null {
  const number = numberOf(value);
  if (number === null) return null;
  const rounded = Math.round(number);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Flags are booleans in newer versions, 0 and 1 in older ones, and either can come as text. */
export function flagOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  const number = numberOf(value);
  return number === null ? null : number !== 0;
}

/** The first of the values that is there: for fields that were renamed. */
export function firstOf(...values: readonly unknown[]): unknown {
  return values.find((value) => value !== undefined && value !== null && value !== '');
}

// The end of the year 9999: RFC 3339 has four digits for the year.
const LAST_SECOND = 253_402_300_799;

/** RFC 3339 from seconds since the epoch. 0 and below mean "never". */
export function timeOf(seconds: unknown): string | null {
  const number = numberOf(seconds);
  return number === null || number <= 0 || number > LAST_SECOND ? null : new Date(number * 1000).toISOString();
}

/** YYYY-MM-DD (UTC) from seconds since the epoch. */
export function dateOf(seconds: unknown): string | null {
  return timeOf(seconds)?.slice(0, 10) ?? null;
}

/** An address; the vendor writes 0.0.0.0 where there is none. */
export function addressOf(value: unknown): string | null {
  const text = textOf(value);
  return text === '0.0.0.0' || text === '::' ? null : text;
}
