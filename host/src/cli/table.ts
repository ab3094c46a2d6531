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
