// The plugins that bring widget templates, as the kernel announces them.
import type { Hooks, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

export class WidgetPlugins {
  readonly #active = new Map<string, PluginVersion>();
  /** How often a widget looks at its data when nobody says it, in milliseconds. */
  readonly refreshMs: number;

  constructor(hooks: Pick<Hooks, 'contribute'>, limits: Limits) {
    this.refreshMs = limits.widgets.refresh;
    hooks.contribute.for('widgets').tap('widgets', ({ plugin, active }) => {
      const { name } = plugin.manifest;
      if (active) this.#active.set(name, plugin);
      // The version that replaces it may have been announced before.
      else if (this.#active.get(name) === plugin) this.#active.delete(name);
    });
  }

  find(name: string): PluginVersion | undefined {
    return this.#active.get(name);
  }

  list(): PluginVersion[] {
    return [...this.#active.values()];
  }
}
