// Counts how runs end, by plugin and version. A version that was just installed, and with which clearly more runs fail through the
// plugin's fault than with the one before, is reported once.
import { isDraft } from '../instances/index.ts';
import type { Hooks, RunInfo, RunReport } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

/** Faults of the plugin's code, and of nobody else. */
const FAULTS: ReadonlySet<string> = new Set(['plugin_crashed', 'plugin_out_of_memory', 'plugin_failed']);

/** Counts are halved at this many runs: what was long ago matters less. */
const MEMORY = 1000;

interface Count {
  runs: number;
  faults: number;
}

interface Watched {
  version: string;
  now: Count;
  before: Count;
  isWatched: boolean;
}

export interface FaultWatch {
  /** This version is active on this host from now on; `isWatched`: it was installed a moment ago. */
  activated(plugin: string, version: string, isWatched: boolean): void;
  /** Its time is over, or it has gone. */
  rest(plugin: string): void;
}

export function watchFaults(parts: {
  readonly hooks: Pick<Hooks, 'afterRun' | 'circuit'>;
  readonly limits: Limits;
  readonly onRise: (plugin: string, version: string, reason: string) => void;
}): FaultWatch {
  const { hooks, limits, onRise } = parts;
  const { faults: least, rise } = limits.lifecycle;
  const watched = new Map<string, Watched>();

  const report = (plugin: string, entry: Watched, reason: string): void => {
    entry.isWatched = false;
    onRise(plugin, entry.version, reason);
  };

  hooks.afterRun.tap('faults of new versions', ({ plugin, version, instanceId }: RunInfo, { ok, code }: RunReport) => {
    const entry = watched.get(plugin);
    // What is only tried out says nothing yet.
    if (entry === undefined || isDraft(instanceId)) return;
    const count = version === entry.version ? entry.now : entry.before;
    count.runs += 1;
    if (!ok && FAULTS.has(code ?? '')) count.faults += 1;
    if (count.runs >= MEMORY && !entry.isWatched) halve(count);
    const { now, before } = entry;
    if (!entry.isWatched || now.faults < least) return;
    const [share, usual] = [shareOf(now), shareOf(before)];
    if (share < 2 * usual + rise) return;
    report(
      plugin,
      entry,
      `${now.faults} of ${now.runs} runs failed with version ${version}, ${percent(usual)} before it`,
    );
  });

  hooks.circuit.tap('faults of new versions', ({ plugin, version, instanceId, pausedForMs }) => {
    const entry = watched.get(plugin);
    if (pausedForMs === null || entry?.version !== version || !entry.isWatched) return;
    const crashes = `crashed ${limits.crashesToQuarantine} times on instance "${instanceId}"`;
    report(plugin, entry, `version ${version} ${crashes} and was paused there`);
  });

  return {
    activated(plugin, version, isWatched) {
      const known = watched.get(plugin);
      const before = known?.now ?? { runs: 0, faults: 0 };
      watched.set(plugin, { version, now: { runs: 0, faults: 0 }, before, isWatched });
    },
    rest(plugin) {
      const entry = watched.get(plugin);
      if (entry !== undefined) entry.isWatched = false;
    },
  };
}

function halve(count: Count): void {
  count.runs /= 2;
  count.faults /= 2;
}

function shareOf({ runs, faults }: Count): number {
  return runs === 0 ? 0 : faults / runs;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
