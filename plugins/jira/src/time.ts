import { VendorError } from '@jackfield/sdk';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Jira writes `2022-12-08T02:22:18.889-0800`: no colon in the offset, so ISO 8601 but not RFC 3339. */
export function millisOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return null;
  const millis = Date.parse(value);
  return Number.isNaN(millis) ? null : millis;
}

/** A Jira time as RFC 3339 in UTC. */
export function datetimeOf(value: unknown): string | null {
  const millis = millisOf(value);
  return millis === null ? null : new Date(millis).toISOString();
}

/** A Jira date (`YYYY-MM-DD`, no zone). */
export function dateOf(value: unknown): Temporal.PlainDate | null {
  if (typeof value !== 'string') return null;
  try {
    return Temporal.PlainDate.from(value);
  } catch {
    return null;
  }
}

/** Hours with two decimals. */
export function hoursOf(millis: number): number {
  return Math.round((millis / HOUR) * 100) / 100;
}

/** A zone in which days and weeks are counted. */
export interface Calendar {
  dayOf(millis: number): Temporal.PlainDate;
  startOf(day: Temporal.PlainDate): number;
}

/** @throws VendorError `params_invalid` when the zone is unknown. */
export function calendarOf(timeZone: string): Calendar {
  const dayOf = (millis: number): Temporal.PlainDate =>
    Temporal.Instant.fromEpochMilliseconds(millis).toZonedDateTimeISO(timeZone).toPlainDate();
  try {
    dayOf(0);
  } catch {
    throw new VendorError('params_invalid', 'timeZone must be an IANA time zone like Europe/Berlin');
  }
  return { dayOf, startOf: (day) => day.toZonedDateTime(timeZone).epochMilliseconds };
}
