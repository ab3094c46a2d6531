// What a chart draws, before anything is drawn.
import type { Column } from '@jackfield/schemas';
import { describe, expect, test } from 'vitest';
import { drawn, seriesOf } from '../../ui/src/charts/series.ts';
import { shapeOf } from '../../ui/src/charts/shape.ts';

const COLUMNS: readonly Column[] = [
  { name: 'day', type: 'date' },
  { name: 'state', type: 'string' },
  { name: 'note', type: 'string' },
  { name: 'count', type: 'integer' },
];
type Rows = Parameters<typeof shapeOf>[1]['rows'];

const pointsOf = (rows: Rows, kind = 'line') => {
  const look = { kind, columns: COLUMNS, x: 'day', y: ['count'] };
  const series = seriesOf(shapeOf(look, { columns: COLUMNS, rows }));
  return Object.fromEntries(series.map(({ name, points }) => [name, points.map(([x, y]) => `${x} ${y}`)]));
};

export function seriesTests(): void {
  describe('the series of a chart', () => {
    test('rows that are grouped twice become a line for each value of the second group', () => {
      const rows = ['01', '02'].flatMap((day) =>
        ['open', 'done'].map((state, index) => ({ day, state, count: Number(day) + index * 10 })),
      );
      expect(pointsOf(rows)).toEqual({ open: ['01 1', '02 2'], done: ['01 11', '02 12'] });
    });

    test('rows that are apart already are one line, whatever else they say', () => {
      const rows = [
        { day: '01', state: 'open', count: 1 },
        { day: '02', state: 'done', count: 2 },
      ];
      expect(pointsOf(rows)).toEqual({ count: ['01 1', '02 2'] });
    });

    test('records, of which no two are of a group, are one line too', () => {
      const rows = Array.from({ length: 40 }, (_, n) => ({ day: '01', state: `s${n}`, note: `n${n}`, count: n }));
      expect(Object.keys(pointsOf(rows))).toEqual(['count']);
    });

    test('of more series than anybody tells apart the largest are drawn, in their order', () => {
      const series = Array.from({ length: 20 }, (_, n) => ({
        name: String(n),
        unit: undefined,
        points: [['x', n % 2 === 0 ? n : -n] as const],
      }));
      expect(drawn(series).map(({ name }) => name)).toEqual(Array.from({ length: 12 }, (_, n) => String(n + 8)));
    });
  });
}
