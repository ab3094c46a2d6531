// Rows by the ten thousand: only those in sight are in the page.
import type { Column } from '@jackfield/schemas';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { cellText, isNumeric } from './cell-text.ts';
import type { Row } from './row-stream.ts';
import classes from './rows-table.module.css';

interface RowsTableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly onOpen: (row: Row) => void;
}

const ROW = 34;

export function RowsTable({ label, columns, rows, onOpen }: RowsTableProps) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const template = columns.map((column) => widthOf(column, rows)).join(' ');
  const grid = { gridTemplateColumns: template, minWidth: `${columns.length * 8}rem` };
  return (
    <div ref={frame} className={classes['frame']} tabIndex={0} role="region" aria-label={`${label}, rows`}>
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={columns.length}>
        <div role="rowgroup" className={classes['head']}>
          <div role="row" className={classes['row']} style={grid}>
            {columns.map((column) => (
              <div key={column.name} role="columnheader" data-numeric={isNumeric(column) || undefined}>
                {column.label ?? column.name}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => (
            <div
              key={index}
              role="row"
              aria-rowindex={index + 2}
              className={classes['row']}
              style={{
                ...grid,
                position: 'absolute',
                insetInline: 0,
                height: ROW,
                transform: `translateY(${start}px)`,
              }}
              onDoubleClick={() => onOpen(rows[index] ?? {})}
            >
              {columns.map((column, place) => (
                <Cell
                  key={column.name}
                  column={column}
                  row={rows[index] ?? {}}
                  onOpen={place === 0 ? onOpen : undefined}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

const SAMPLE = 50;

/** Long text gets more room than short; the first rows tell. */
function widthOf(column: Column, rows: readonly Row[]): string {
  if (isNumeric(column)) return 'minmax(6rem, 0.6fr)';
  const lengths = rows.slice(0, SAMPLE).map((row) => cellText(row[column.name], column).length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  return `minmax(9rem, ${Math.min(4, Math.max(1, mean / 12)).toFixed(1)}fr)`;
}

interface CellProps {
  readonly column: Column;
  readonly row: Row;
  /** Of the first one: everything of the row. */
  readonly onOpen: ((row: Row) => void) | undefined;
}

function Cell({ column, row, onOpen }: CellProps) {
  const text = cellText(row[column.name], column);
  return (
    <div role="cell" data-numeric={isNumeric(column) || undefined}>
      {onOpen === undefined ? (
        <bdi>{text}</bdi>
      ) : (
        <button type="button" className={classes['open']} title="Show all of this row" onClick={() => onOpen(row)}>
          <bdi>{text === '' ? '(empty)' : text}</bdi>
        </button>
      )}
    </div>
  );
}
