// ECharts, with the parts that widgets use and no more. Loaded when the first widget with a chart is seen.
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Shape } from './shape.ts';
import { optionsOf } from './options.ts';
import { paletteOf } from './palette.ts';
import { drawn, seriesOf } from './series.ts';

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export interface Chart {
  /** How many series it leaves out, for there are too many. */
  draw(kind: string, shape: Shape): number;
  end(): void;
}

export function createChart(place: HTMLElement): Chart {
  const chart = init(place, undefined, { renderer: 'canvas' });
  let width = 0;
  let last: readonly [string, Shape] | undefined;
  const draw: Chart['draw'] = (kind, shape) => {
    last = [kind, shape];
    const all = seriesOf(shape);
    const series = drawn(all);
    width = place.clientWidth;
    chart.setOption(optionsOf(kind, shape, series, paletteOf(place), width), { notMerge: true });
    return all.length - series.length;
  };
  const again = (): void => {
    if (last !== undefined) draw(...last);
  };
  const resizing = new ResizeObserver(() => {
    chart.resize();
    if (place.clientWidth !== width) again();
  });
  resizing.observe(place);
  // The page may be dark from now on: by its own switch, which is on its root, or by that of the system.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', again);
  const switching = new MutationObserver(again);
  switching.observe(document.documentElement, { attributes: true });
  return {
    draw,
    end() {
      resizing.disconnect();
      switching.disconnect();
      dark.removeEventListener('change', again);
      chart.dispose();
    },
  };
}
