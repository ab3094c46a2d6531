// A chart of rows, drawn on a canvas: no text of a vendor becomes markup. Loaded when somebody wants to see one.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { cellText } from './cell-text.ts';
import { type ChartChoice, POINTS_MOST } from './chart-choice.ts';
import type { Row } from './row-stream.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const COLOURS = ['#4c6ef5', '#12b886', '#f59f00', '#e64980'];
const LABEL = 24;

interface RowsChartProps {
  readonly label: string;
  readonly chart: ChartChoice;
  readonly rows: readonly Row[];
}

export default function RowsChart({ label, chart, rows }: RowsChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = init(place.current);
    drawn.setOption(optionOf(chart, rows, scheme === 'dark'));
    const watch = new ResizeObserver(() => drawn.resize());
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      drawn.dispose();
    };
  }, [chart, rows, scheme]);
  return <div ref={place} role="img" aria-label={`${label}: a chart of the rows`} style={{ height: 360 }} />;
}

function optionOf({ kind, x, y }: ChartChoice, rows: readonly Row[], isDark: boolean): EChartsCoreOption {
  const text = isDark ? '#c9ced6' : '#495057';
  const line = isDark ? '#30343c' : '#e3e6ea';
  const shown = rows.slice(0, POINTS_MOST);
  const axis = { axisLabel: { color: text }, axisLine: { lineStyle: { color: line } } };
  return {
    color: COLOURS,
    animation: false,
    grid: { left: 8, right: 16, top: y.length > 1 ? 36 : 16, bottom: 8, outerBoundsMode: 'same', containLabel: true },
    ...(y.length > 1 ? { legend: { textStyle: { color: text }, top: 0 } } : {}),
    // Drawn too: as HTML it would be made of what vendors send, with styles in line.
    tooltip: { trigger: 'axis', renderMode: 'richText' },
    xAxis: { type: 'category', data: shown.map((row) => cellText(row[x.name], x, LABEL)), ...axis },
    yAxis: { type: 'value', splitLine: { lineStyle: { color: line } }, axisLabel: { color: text } },
    series: y.map((column) => ({
      type: kind,
      name: column.label ?? column.name,
      data: shown.map((row) => row[column.name] ?? null),
      showSymbol: false,
    })),
  };
}
