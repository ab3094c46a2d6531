export interface TableColumn {
  readonly heading: string;
  /** Characters; a longer cell moves those after it. */
  readonly width: number;
  readonly isNumber?: boolean;
}

/** Writes one row of a table to stdout. */
export function printRow(columns: readonly TableColumn[], cells: readonly string[]): void {
  const padded = columns.map(({ width, isNumber }, index) => {
    const cell = cells[index] ?? '';
    return isNumber ? cell.padStart(width) : cell.padEnd(width);
  });
  process.stdout.write(`${padded.join('').trimEnd()}\n`);
}

/** Writes a table to stdout whose columns are as wide as what is in them. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const columns: TableColumn[] = headings.map((heading, index) => ({
    heading,
    width: 2 + Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  }));
  for (const row of [headings, ...rows]) printRow(columns, row);
}
