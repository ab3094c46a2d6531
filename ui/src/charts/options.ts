// A shape as ECharts draws it. Labels are drawn on a canvas, tooltips too: nowhere does text of a vendor become markup.
import type { EChartsCoreOption } from 'echarts/core';
import { briefly, shortened, timeText, withUnit } from './cells.ts';
import type { Shape } from './shape.ts';
import type { Palette } from './palette.ts';
import type { Series } from './series.ts';

const LABEL = 24;
const FEW = 12;
/** Pixels of the width that labels of the other axis take, and some between two names. */
const BESIDE = 80;

export function optionsOf(
  kind: string,
  { x }: Shape,
  series: readonly Series[],
  palette: Palette,
  /** Pixels. */
  width: number,
): EChartsCoreOption {
  const common = {
    color: [...palette.series],
    textStyle: { color: palette.text, fontFamily: palette.font },
    animationDuration: 300,
    legend: {
      show: series.length > 1 || kind === 'pie',
      type: 'scroll',
      bottom: 0,
      icon: 'roundRect',
      itemWidth: 10,
      itemHeight: 10,
      textStyle: { color: palette.muted },
      pageIconColor: palette.muted,
      pageTextStyle: { color: palette.muted },
      formatter: (name: string) => shortened(name, LABEL),
    },
  };
  return kind === 'pie'
    ? { ...common, ...pie(series, palette) }
    : { ...common, ...axes(kind, x, series, palette, width) };
}

function tooltip(palette: Palette, trigger: 'axis' | 'item') {
  return {
    trigger,
    // As markup it would have to be escaped, and its style attributes would be refused by a content security policy.
    renderMode: 'richText',
    confine: true,
    backgroundColor: palette.background,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontFamily: palette.font, fontSize: 12 },
  };
}

function axes(kind: string, x: Shape['x'], series: readonly Series[], palette: Palette, width: number) {
  const isTime = kind !== 'bar' && (x?.type === 'datetime' || x?.type === 'date');
  const units = [...new Set(series.map(({ unit }) => unit))];
  const unit = units.length === 1 ? units[0] : undefined;
  const line = { lineStyle: { color: palette.line } };
  const categories = [...new Set(series.flatMap(({ points }) => points.map(([name]) => name)))];
  return {
    grid: { left: 8, right: 12, top: 16, bottom: series.length > 1 ? 28 : 4, containLabel: true },
    tooltip: {
      ...tooltip(palette, 'axis'),
      axisPointer: { type: kind === 'bar' ? 'shadow' : 'line', lineStyle: { color: palette.muted } },
      formatter: (items: readonly TooltipItem[]) => axisTooltip(items, series, isTime),
    },
    xAxis: {
      type: isTime ? 'time' : 'category',
      ...(isTime ? {} : { data: categories }),
      axisLine: line,
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        color: palette.muted,
        hideOverlap: true,
        ...(isTime ? {} : { formatter: (name: string) => shortened(name, LABEL) }),
        // Of a few each is named, cut to its room; left to itself ECharts leaves out every other.
        ...(!isTime && categories.length <= FEW
          ? { interval: 0, overflow: 'truncate', width: (width - BESIDE) / Math.max(1, categories.length) }
          : {}),
      },
    },
    yAxis: {
      type: 'value',
      axisLine: { show: false },
      splitLine: line,
      axisLabel: { color: palette.muted, formatter: (value: number) => briefly(value, unit) },
    },
    series: series.map(({ name, points }) => ({
      name,
      type: kind === 'bar' ? 'bar' : 'line',
      data: isTime ? points.toSorted(([a], [b]) => Date.parse(a) - Date.parse(b)) : points,
      showSymbol: points.length < 2,
      smooth: 0.15,
      lineStyle: { width: 2 },
      barMaxWidth: 36,
      itemStyle: { borderRadius: [3, 3, 0, 0] },
      ...(kind === 'timeseries' && series.length === 1 ? { areaStyle: { opacity: 0.12 } } : {}),
      sampling: 'lttb',
    })),
  };
}

interface TooltipItem {
  readonly seriesName: string;
  readonly value: readonly [string, number | null];
}

function axisTooltip(items: readonly TooltipItem[], series: readonly Series[], isTime: boolean): string {
  const [first] = items;
  if (first === undefined) return '';
  const head = isTime ? timeText(first.value[0]) : shortened(first.value[0], LABEL * 2);
  const lines = items.map(({ seriesName, value: [, value] }) => {
    const unit = series.find(({ name }) => name === seriesName)?.unit;
    return `${seriesName}: ${value === null ? '–' : withUnit(value, unit)}`;
  });
  return plain([head, ...lines].join('\n'));
}

function pie(series: readonly Series[], palette: Palette) {
  const [first] = series;
  const many = series.length > 1;
  const data = series.flatMap(({ name, points }) =>
    points.map(([category, value]) => ({
      name: shortened(many ? `${name} · ${category}` : category, LABEL * 2),
      value: value ?? 0,
    })),
  );
  return {
    tooltip: {
      ...tooltip(palette, 'item'),
      formatter: ({ name, value, percent }: { name: string; value: number; percent: number }) =>
        plain(`${name}: ${withUnit(value, first?.unit)} (${percent} %)`),
    },
    series: [
      {
        type: 'pie',
        radius: ['48%', '74%'],
        center: ['50%', '45%'],
        data,
        label: { show: false },
        itemStyle: { borderColor: palette.background, borderWidth: 2 },
      },
    ],
  };
}

/** In a rich text `{name|…}` is a style: nothing of a vendor is one. */
function plain(text: string): string {
  return text.replaceAll('{', '❴').replaceAll('}', '❵');
}
