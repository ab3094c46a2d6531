import type { Column } from '@jackfield/schemas';
import { Select } from '@mantine/core';
import { chartOf } from './chart-choice.ts';

const KINDS = ['table', 'bar', 'line', 'timeseries', 'pie', 'stat', 'gauge', 'list'];
/** Kinds that need to be told which column is which. */
const DRAWN: ReadonlySet<string> = new Set(['bar', 'line', 'timeseries', 'pie', 'gauge']);

interface KindSelectProps {
  readonly value: string;
  readonly onChange: (kind: string) => void;
}

export function KindSelect({ value, onChange }: KindSelectProps) {
  return (
    <Select
      label="Shown as"
      data={KINDS}
      value={value}
      onChange={(kind) => onChange(kind ?? value)}
      allowDeselect={false}
    />
  );
}

/** How rows with these columns are best shown. */
export function kindOf(columns: readonly Column[]): string {
  return chartOf(columns, [{}])?.kind ?? 'table';
}

/** What is drawn over what. */
export function axesOf(
  kind: string,
  columns: readonly Column[],
): { readonly x?: string; readonly y?: readonly string[] } {
  const chart = DRAWN.has(kind) ? chartOf(columns, [{}]) : undefined;
  return chart === undefined ? {} : { x: chart.x.name, y: chart.y.map(({ name }) => name) };
}
