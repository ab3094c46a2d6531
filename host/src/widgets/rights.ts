// Who may say what a widget asks. Its query may need a role that its viewers do not have: it is run with the right of whoever saved it,
// so whoever changes anything of the question needs that role too. How it looks may be changed by everybody.
import { isDeepStrictEqual } from 'node:util';
import { higherOf, type Role } from '../access/index.ts';
import { assertMayRun } from '../queries/index.ts';
import { queryOf } from './description.ts';
import { effectiveWidget } from './effective.ts';
import type { WidgetInput, WidgetSettings } from './input.ts';
import type { WidgetPlugins } from './plugins.ts';

/** Members that are part of the question; the dashboard says for which client and how many days back. */
const QUESTION = ['template', 'query', 'view', 'params', 'instances', 'dashboardId'] as const;

/** @throws Problem `permission_denied` when its query needs a higher role. What cannot be asked at all needs none. */
export function assertMayAsk(plugins: WidgetPlugins, widget: WidgetSettings, role: Role): void {
  const plugin = plugins.find(widget.plugin);
  if (plugin === undefined) return;
  const id = effectiveWidget(plugin.manifest, widget, plugins.refreshMs)?.query;
  const query = id === undefined ? undefined : queryOf(plugin.manifest, id);
  if (id !== undefined && query !== undefined) assertMayRun(role, plugin, id, query);
}

/** Whoever says for which client and how far back they ask must be allowed to ask what they ask. */
export function assertMayAskAll(plugins: WidgetPlugins, widgets: readonly WidgetSettings[], role: Role): void {
  for (const widget of widgets) assertMayAsk(plugins, widget, role);
}

export interface Change {
  readonly before: WidgetInput & { readonly runsAs: Role };
  readonly after: WidgetInput;
  /** Members that were sent. */
  readonly sent: object;
  readonly role: Role;
}

/**
 * With whose right the widget runs after the change: of whoever changed the question, or sent it again and has the higher role.
 * @throws Problem `permission_denied` when the question changes and needs a higher role.
 */
export function runsAsAfter(plugins: WidgetPlugins, { before, after, sent, role }: Change): Role {
  if (QUESTION.some((name) => !isDeepStrictEqual(before[name], after[name]))) {
    assertMayAsk(plugins, after, role);
    return role;
  }
  return QUESTION.some((name) => Object.hasOwn(sent, name)) ? higherOf(before.runsAs, role) : before.runsAs;
}
