// A chart of rows: drawn as widgets draw it. Loaded when somebody wants to see one.
import type { Column } from '@jackfield/schemas';
import { useEffect, useRef } from 'react';
import { type Chart, createChart } from '../charts/chart.ts';
import { shapeOf } from '../charts/shape.ts';
import { type ChartChoice, POINTS_MOST } from './chart-choice.ts';
import type { Row } from './row-stream.ts';
import classes from './rows-chart.module.css';

interface RowsChartProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly chart: ChartChoice;
  readonly rows: readonly Row[];
}

export default function RowsChart({ label, columns, chart: { kind, x, y }, rows }: RowsChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const look = { kind, columns, x: x.name, y: y.map(({ name }) => name) };
  const shape = shapeOf(look, { columns, rows: rows.slice(0, POINTS_MOST) });
  const drawn = useRef<Chart>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = createChart(place.current);
    drawn.current = made;
    return () => made.end();
  }, []);
  // With each row that arrives there is another shape.
  useEffect(() => void drawn.current?.draw(kind, shape));
  return <div ref={place} role="img" aria-label={`${label}: a chart of the rows`} className={classes['chart']} />;
}
