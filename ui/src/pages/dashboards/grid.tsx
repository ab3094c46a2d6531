// The widgets of a dashboard. Whoever may can move and resize them, with the pointer or with the arrow keys.
import GridLayout, { type Layout, useContainerWidth } from 'react-grid-layout';
import 'react-grid-layout/css/styles.css';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { ActionIcon, Tooltip } from '@mantine/core';
import IconArrowsMove from '@tabler/icons-react/icons/IconArrowsMove';
import type { Position, WidgetView } from '../../api/dashboards.ts';
import classes from './grid.module.css';
import { JackfieldWidget } from './jackfield-widget.ts';
import { COLUMNS, GAP, layoutOf, movesOf, ROW, type Step, stepped } from './layout.ts';
import { titleOf } from './widget-title.ts';

/** Narrower than that, widgets stand below each other. */
const NARROW = 640;

interface GridProps {
  readonly widgets: readonly WidgetView[];
  readonly days?: number | undefined;
  readonly isEdited?: boolean;
  readonly onMoves?: (moves: readonly { readonly id: string; readonly position: Position }[]) => void;
  /** What else can be done with a widget. */
  readonly menu?: (widget: WidgetView) => ReactNode;
}

export function Grid({ widgets, days, isEdited = false, onMoves, menu }: GridProps) {
  const { width, containerRef, mounted } = useContainerWidth();
  const [said, say] = useState('');
  const isNarrow = width < NARROW;
  const layout = layoutOf(widgets);
  const take = (next: Layout): void => {
    const moves = movesOf(widgets, next);
    if (moves.length > 0) onMoves?.(moves);
  };
  const onKey = (widget: WidgetView, event: KeyboardEvent): void => {
    const step = stepOf(event);
    if (step === undefined) return;
    event.preventDefault();
    const next = stepped(layout, widget.id, step);
    const at = next.find(({ i }) => i === widget.id);
    take(next);
    if (at) say(`Column ${at.x + 1}, row ${at.y + 1}, ${at.w} wide, ${at.h} high`);
  };
  const items = widgets.map((widget) => (
    <div key={widget.id} className={classes['item']} data-h={isNarrow ? Math.min(widget.position.h, 5) : undefined}>
      <JackfieldWidget widget={widget.id} heading={titleOf(widget)} days={days} />
      {isEdited && (
        <div className={classes['tools']}>
          {!isNarrow && (
            <Tooltip label="Drag, or use the arrow keys; with Shift they resize">
              <ActionIcon
                className="drag-handle"
                variant="default"
                size="md"
                aria-label={`Move or resize ${titleOf(widget)}`}
                aria-keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown"
                onKeyDown={(event) => onKey(widget, event)}
              >
                <IconArrowsMove size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
          {menu?.(widget)}
        </div>
      )}
    </div>
  ));
  return (
    <div ref={containerRef} className={classes['grid']} data-edited={isEdited}>
      {/* By its id react-draggable believes that its style tag is there already, which the content security policy would refuse. */}
      <div role="status" id="react-draggable-style-el" className={classes['said']}>
        {said}
      </div>
      {mounted && isNarrow && <div className={classes['stack']}>{items}</div>}
      {mounted && !isNarrow && (
        <GridLayout
          width={width}
          layout={layout}
          gridConfig={{ cols: COLUMNS, rowHeight: ROW, margin: [GAP, GAP], containerPadding: [0, 0] }}
          dragConfig={{ enabled: isEdited, handle: '.drag-handle' }}
          resizeConfig={{ enabled: isEdited, handles: ['se'] }}
          onDragStop={(next) => take(next)}
          onResizeStop={(next) => take(next)}
        >
          {items}
        </GridLayout>
      )}
    </div>
  );
}

function stepOf({ key, shiftKey }: KeyboardEvent): Step | undefined {
  return (shiftKey ? RESIZING : MOVING)[key];
}

const MOVING: Readonly<Record<string, Step>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const RESIZING: Readonly<Record<string, Step>> = {
  ArrowLeft: 'narrower',
  ArrowRight: 'wider',
  ArrowUp: 'lower',
  ArrowDown: 'taller',
};
