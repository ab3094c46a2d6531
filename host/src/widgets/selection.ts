// The instances that a widget shows, as they are now.
import type { ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Instances, InstanceView } from '../instances/index.ts';
import type { WidgetSettings } from './input.ts';

export interface Selected {
  /** Those that exist, in the order of `ids`. */
  readonly instances: readonly InstanceView[];
  /** Those that are asked for; some may be gone. */
  readonly ids: readonly string[];
}

/** @throws Problem `not_found` when there are none yet, `gone` when every one of those it names is no longer there. */
export async function selectInstances(
  instances: Instances,
  { plugin, instances: selection }: Pick<WidgetSettings, 'plugin' | 'instances'>,
  clients: ClientScope,
): Promise<Selected> {
  const { views, byId } = await instances.recallAll(plugin, clients);
  if (selection === 'all' || 'clientId' in selection) {
    const found = views.filter(
      ({ enabled, clientId }) => enabled && (selection === 'all' || clientId === selection.clientId),
    );
    if (found.length === 0) throw none(plugin, selection);
    return { instances: found, ids: found.map(({ id }) => id) };
  }
  const found = selection.map((id) => byId.get(id)).filter((view) => view !== undefined);
  if (found.length === 0) {
    const names = clients === 'all' ? `: ${selection.map((id) => `"${id}"`).join(', ')}` : '';
    throw new Problem('gone', `the instances that the widget shows are gone${names}`, {
      plugin,
      next: 'Choose other instances, or delete the widget.',
    });
  }
  // Whoever is limited to clients is not told which ids there are beside theirs.
  return { instances: found, ids: clients === 'all' ? selection : found.map(({ id }) => id) };
}

function none(plugin: string, selection: 'all' | { readonly clientId: string }): Problem {
  const whose = selection === 'all' ? '' : ` of the client "${selection.clientId}"`;
  return new Problem('not_found', `there is no enabled instance of the plugin "${plugin}"${whose}`, {
    plugin,
    next: 'Create one: POST /api/instances. The widget shows it from then on.',
  });
}
