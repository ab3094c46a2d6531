// The plugin versions that are active on this host, at most one of each plugin: the only place where a version becomes active, and the
// only one that tells the other rooms.
import type { PluginFinder } from '../instances/index.ts';
import { withinDeadline, type ContributionKind, type Hooks, type PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';

export interface ActivePlugins extends PluginFinder {
  list(): readonly PluginVersion[];
  /**
   * Makes `next` the active version of its plugin, or none. Requests that have the one before in hand end with it. When a room cannot
   * take it, all is as it was. One at a time for a plugin. @throws why a room could not.
   */
  swap(name: string, next: PluginVersion | undefined): Promise<void>;
  /** Who brings this host up to what is wanted, when somebody finds that it may be behind. */
  whenBehind(catchUp: () => Promise<void>): void;
  /** Who knows why a plugin is not active. */
  explainedBy(why: (name: string) => string | undefined): void;
}

/**
 * What the other rooms are told about, in this order. Streams first: making their tables takes a while, in which the version before
 * goes on. Whatever comes after it is done in one go.
 */
const KINDS: readonly ContributionKind[] = ['streams', 'queries', 'routes', 'widgets', 'jobs'];

export function createActivePlugins(parts: {
  readonly hooks: Pick<Hooks, 'contribute'>;
  readonly limits: Pick<Limits, 'pluginLoad'>;
  readonly log: Log;
}): ActivePlugins {
  const { hooks, limits, log } = parts;
  const active = new Map<string, PluginVersion>();
  let behind: (() => Promise<void>) | undefined;
  let explain: ((name: string) => string | undefined) | undefined;

  // Verifying and activating get half of `pluginLoad` each, so that plugins that hang in either hold the host up for no longer.
  const tell = (plugin: PluginVersion, isActive: boolean, about: { replaced?: boolean; onStreams?: () => void } = {}) =>
    withinDeadline(limits.pluginLoad / 2, async (signal) => {
      const { replaced = false, onStreams } = about;
      for (const kind of KINDS) {
        // A tap that answers after its deadline must not go on to the next room.
        signal.throwIfAborted();
        await hooks.contribute.for(kind).promise({ plugin, active: isActive, ...(replaced ? { replaced } : {}) });
        if (kind === 'streams' && !signal.aborted) onStreams?.();
      }
    });

  const forget = (plugin: PluginVersion, replaced: boolean): Promise<void> =>
    tell(plugin, false, { replaced }).catch((error: unknown) => {
      const { name, version } = plugin.manifest;
      log.warn({ plugin: name, version, err: error }, 'a plugin version was not fully forgotten');
    });

  const set = (name: string, plugin: PluginVersion | undefined): void => {
    if (plugin === undefined) active.delete(name);
    else active.set(name, plugin);
  };

  return {
    find: (name) => active.get(name),
    list: () => [...active.values()],
    async swap(name, next) {
      const before = active.get(name);
      if (next === before) return;
      if (next !== undefined) {
        try {
          await tell(next, true, { onStreams: () => set(name, next) });
        } catch (error) {
          set(name, before);
          const forgotten = forget(next, before !== undefined);
          // Rooms that had taken the new one have the old one back.
          if (before !== undefined) await forgotten.then(() => tell(before, true));
          throw error;
        }
      }
      set(name, next);
      if (before !== undefined) await forget(before, next !== undefined);
    },
    whenBehind(catchUp) {
      behind = catchUp;
    },
    explainedBy(why) {
      explain = why;
    },
    async catchUp() {
      await behind?.();
    },
    whyMissing: (name) => explain?.(name),
  };
}
