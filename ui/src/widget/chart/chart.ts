// ECharts, with the parts that widgets use and no more. Loaded when the first widget with a chart is seen.
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Shape } from '../shape.ts';
import { optionsOf } from './options.ts';
import { paletteOf } from './palette.ts';

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export interface Chart {
  draw(kind: string, shape: Shape): void;
  end(): void;
}

export function createChart(place: HTMLElement): Chart {
  const chart = init(place, undefined, { renderer: 'canvas' });
  const resizing = new ResizeObserver(() => chart.resize());
  resizing.observe(place);
  let drawn: readonly [string, Shape] | undefined;
  const draw: Chart['draw'] = (kind, shape) => {
    drawn = [kind, shape];
    chart.setOption(optionsOf(kind, shape, paletteOf(place)), { notMerge: true });
  };
  const again = (): void => {
    if (drawn !== undefined) draw(...drawn);
  };
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
