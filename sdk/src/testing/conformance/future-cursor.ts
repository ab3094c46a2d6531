import type { Cursor } from '../../define/stream.ts';

const TEN_YEARS_S = 3652 * 86_400;
const TEN_YEARS_MS = TEN_YEARS_S * 1000;

/** The cursor with its times ten years on; undefined when there are none in it. */
export function inFuture(cursor: Cursor): Cursor | undefined {
  const moved = move(cursor);
  return JSON.stringify(moved) === JSON.stringify(cursor) ? undefined : moved;
}

function move(value: Cursor): Cursor {
  if (typeof value === 'string') return movedText(value);
  if (typeof value === 'number') return movedNumber(value);
  if (Array.isArray(value)) return value.map(move);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, move(item)]));
}

function movedText(text: string): string {
  if (/^\d{10}(\d{3})?$/.test(text)) return String(movedNumber(Number(text)));
  const at = /^\d{4}-\d\d-\d\d([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return text;
  const later = new Date(at + TEN_YEARS_MS).toISOString();
  return text.length === 10 ? later.slice(0, 10) : later;
}

/** Seconds or milliseconds since 1970, of this century. */
function movedNumber(value: number): number {
  if (value > 946_684_800_000 && value < 4_102_444_800_000) return value + TEN_YEARS_MS;
  return value > 946_684_800 && value < 4_102_444_800 ? value + TEN_YEARS_S : value;
}
