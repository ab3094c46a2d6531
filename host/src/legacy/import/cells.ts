// Values of rows that nobody has checked: numbers that are text, JSON in text, camelCase names.

export type Row = Readonly<Record<string, unknown>>;

/** A row with snake_case names. Where a table has a column in both ways, the snake_case one counts unless it is empty. */
export function snakeRow(row: Row): Row {
  const named = Object.entries(row).map(([name, value]) => [snakeCase(name), name, value] as const);
  const result: Record<string, unknown> = {};
  for (const [snake, name, value] of named) if (name !== snake) result[snake] = value;
  for (const [snake, name, value] of named) {
    if (name === snake && (value !== null || result[snake] === undefined)) result[snake] = value;
  }
  return result;
}

function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** The first of these columns that has text or a number. */
export function textOf(row: Row, ...columns: readonly string[]): string | undefined {
  for (const column of columns) {
    const value = row[column];
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

/** What is neither is no answer. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return undefined;
  if (/^(true|t|yes|y|on|1|active|enabled)$/i.test(value.trim())) return true;
  return /^(false|f|no|n|off|0|inactive|disabled)$/i.test(value.trim()) ? false : undefined;
}

export type Json =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: unknown }
  /** Text that is no JSON. */
  | { readonly kind: 'broken'; readonly text: string };

/** A JSON column, or a text column with JSON in it, written once or twice over. */
export function jsonOf(cell: unknown): Json {
  let value = cell;
  for (let depth = 0; typeof value === 'string'; depth += 1) {
    const text = value.trim();
    if (text === '') return { kind: 'none' };
    try {
      value = JSON.parse(text);
    } catch {
      return { kind: 'broken', text: String(cell) };
    }
    if (depth === 2) return { kind: 'broken', text: String(cell) };
  }
  return value === null || value === undefined ? { kind: 'none' } : { kind: 'value', value };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object; nothing and everything else is an empty one. */
export function recordOf(cell: unknown): Readonly<Record<string, unknown>> {
  const json = jsonOf(cell);
  return json.kind === 'value' && isRecord(json.value) ? json.value : {};
}
