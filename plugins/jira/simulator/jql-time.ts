// What a time in JQL means: dates are those of the account's zone, to the minute; a bare number is milliseconds and has no zone.
import { JqlError, type JqlValue } from './jql-parser.ts';
import type { Site } from './site.ts';

const MINUTE = 60_000;
const DATE = /^(\d{4})[-/](\d\d?)[-/](\d\d?)(?: (\d\d?):(\d\d))?$/;

/** @throws JqlError with the text Jira answers. */
export function instantOf(value: JqlValue | undefined, field: string, site: Site): number {
  const now = site.now();
  switch (value?.kind) {
    case 'number':
      return site.faults.has('minute-precision') ? Math.floor(value.number / MINUTE) * MINUTE : value.number;
    case 'relative':
      return now + value.offset;
    case 'call':
      if (value.name === 'now') return now;
      throw new JqlError(`Unable to find JQL function '${value.name}()'.`);
    case 'text':
      return inZone(value.text, site.timeZone) ?? invalid(field);
    case 'empty':
    case undefined:
      return invalid(field);
  }
}

function inZone(text: string, timeZone: string): number | undefined {
  const [, year, month, day, hour = '0', minute = '0'] = DATE.exec(text) ?? [];
  if (year === undefined) return undefined;
  const [y, m, d, h, min] = [year, month, day, hour, minute].map(Number) as [number, number, number, number, number];
  try {
    const fields = { timeZone, year: y, month: m, day: d, hour: h, minute: min };
    return Temporal.ZonedDateTime.from(fields, { overflow: 'reject' }).epochMilliseconds;
  } catch {
    return undefined;
  }
}

function invalid(field: string): never {
  throw new JqlError(
    `Date value for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', a period format e.g. '-5d', '4w 2d'.`,
  );
}
