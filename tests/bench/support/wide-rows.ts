// Rows of some 500 bytes as JSON: a plugin and a bare server make the same ones.

export const WIDE_COLUMNS = {
  id: 'integer',
  name: 'string',
  status: 'string',
  score: 'number',
  seen: 'datetime',
  text: 'string',
} as const;

const FILLER = 'the gateway of a client has lost its tunnel again and nobody was told for more than an hour. '.repeat(
  4,
);

/** Those from `from` on that are handed on together, of `rows`. */
export function wideBatch(from: number, rows: number): Record<keyof typeof WIDE_COLUMNS, string | number>[] {
  return Array.from({ length: Math.min(WIDE_BATCH, rows - from) }, (_, index) => wideRow(from + index));
}

export const WIDE_BATCH = 100;

function wideRow(n: number): Record<keyof typeof WIDE_COLUMNS, string | number> {
  const status = n % 3 === 0 ? 'open' : 'done';
  return { id: n, name: `row-${n}`, status, score: (n % 1000) / 8, seen: '2026-01-01T00:00:00.000Z', text: FILLER };
}
