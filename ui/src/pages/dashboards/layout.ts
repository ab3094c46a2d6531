// Where widgets stand, as the grid has it and as the host keeps it.
import type { Layout, LayoutItem } from 'react-grid-layout';
import { verticalCompactor } from 'react-grid-layout';
import type { Position, WidgetView } from '../../api/dashboards.ts';

export const COLUMNS = 12;
export const ROW = 72;
export const GAP = 12;
const LEAST = { minW: 2, minH: 2 };

export function layoutOf(widgets: readonly WidgetView[]): Layout {
  return widgets.map(({ id, position }) => ({ i: id, ...position, ...LEAST }));
}

/** Those that stand elsewhere than before. */
export function movesOf(widgets: readonly WidgetView[], layout: Layout): readonly { id: string; position: Position }[] {
  const before = new Map(widgets.map(({ id, position }) => [id, position]));
  return layout.flatMap(({ i, x, y, w, h }) => {
    const was = before.get(i);
    const isSame = was?.x === x && was.y === y && was.w === w && was.h === h;
    return was === undefined || isSame ? [] : [{ id: i, position: { x, y, w, h } }];
  });
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'wider' | 'narrower' | 'taller' | 'lower';

/** The layout after one step of one widget; the others make room. */
export function stepped(layout: Layout, id: string, step: Step): Layout {
  const item = layout.find(({ i }) => i === id);
  if (item === undefined) return layout;
  const moved = within(change(item, step));
  // Of two that meet, the one that was moved stays where it was put: upwards it takes the place of the other.
  const others = layout.filter(({ i }) => i !== id).map((other) => pushed(other, moved));
  return verticalCompactor.compact([moved, ...others], COLUMNS);
}

function change(item: LayoutItem, step: Step): LayoutItem {
  switch (step) {
    case 'left':
      return { ...item, x: item.x - 1 };
    case 'right':
      return { ...item, x: item.x + 1 };
    case 'up':
      return { ...item, y: item.y - 1 };
    case 'down':
      return { ...item, y: item.y + 1 };
    case 'wider':
      return { ...item, w: item.w + 1 };
    case 'narrower':
      return { ...item, w: item.w - 1 };
    case 'taller':
      return { ...item, h: item.h + 1 };
    case 'lower':
      return { ...item, h: item.h - 1 };
  }
}

function within(item: LayoutItem): LayoutItem {
  const w = Math.min(COLUMNS, Math.max(LEAST.minW, item.w));
  const h = Math.max(LEAST.minH, item.h);
  return { ...item, w, h, x: Math.min(COLUMNS - w, Math.max(0, item.x)), y: Math.max(0, item.y) };
}

function pushed(other: LayoutItem, moved: LayoutItem): LayoutItem {
  const meets =
    other.x < moved.x + moved.w &&
    moved.x < other.x + other.w &&
    other.y < moved.y + moved.h &&
    moved.y < other.y + other.h;
  if (!meets) return other;
  // Room above for a small one, else it goes below.
  const above = moved.y - other.h;
  return { ...other, y: other.y < moved.y && above >= 0 ? above : moved.y + moved.h };
}
