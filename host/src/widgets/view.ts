// What a widget looks like from outside the room: its settings, and what it shows with them.
import { toProblem, type Problem } from '../errors.ts';
import { describe, type WidgetDescription } from './description.ts';
import { currentWidget } from './effective.ts';
import type { WidgetPlugins } from './plugins.ts';
import type { PlacedWidget, Widget } from './rows.ts';

export interface WidgetView extends Widget {
  /** Its settings over those of its template. */
  readonly shows?: WidgetDescription;
  /** Instead of `shows`: why it can show nothing now. */
  readonly problem?: ReturnType<Problem['toDocument']>;
}

export function toView(plugins: WidgetPlugins, { around, ...widget }: PlacedWidget): WidgetView {
  try {
    const { manifest, widget: shown } = currentWidget(plugins, widget);
    const refreshMs = widget.refreshMs ?? around.refreshMs ?? shown.refreshMs;
    return { ...widget, shows: { ...describe(manifest, shown), refreshMs } };
  } catch (error) {
    return { ...widget, problem: toProblem(error).toDocument() };
  }
}
