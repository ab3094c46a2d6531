// What is known of each plugin on this host: what is wanted, what is active, and why the two differ.
import type { Seed } from '../catalog/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { ActivePlugins } from './active-plugins.ts';
import type { PluginRow } from './desired-rows.ts';
import type { Reconciler } from './reconciler.ts';

export interface PluginStatus {
  readonly package: string;
  /** Name and version in plugin.json; null as long as nobody has verified them. */
  readonly name: string | null;
  readonly version: string | null;
  readonly state: 'active' | 'disabled' | 'removed' | 'failed';
  /** Why it failed or is switched off; of one that is active, why it is not the version that is wanted. */
  readonly reason?: string;
  /** JSON pointer into the file that `reason` names. */
  readonly pointer?: string;
  /** A release that did not become active, and why. */
  readonly refused?: { readonly version: string; readonly reason: string; readonly at: string };
  /** Until then a rise in faults brings back the version before. ISO 8601. */
  readonly watchUntil?: string;
  /** Until then what is left of it can be restored. ISO 8601. */
  readonly purgeAt?: string;
  /** Set when active. */
  readonly plugin?: PluginVersion;
}

/** In the order of plugins.json, then what has come by other means. */
export function statusesOf(
  seeds: readonly Seed[],
  desired: readonly PluginRow[],
  reconciler: Pick<Reconciler, 'failures'>,
  active: Pick<ActivePlugins, 'find'>,
): PluginStatus[] {
  const left = new Map(desired.map((row) => [row.name, row]));
  const failures = new Map(reconciler.failures().map(({ plugin, reason }) => [plugin, reason]));
  const show = (row: PluginRow): PluginStatus => statusOf(row, active.find(row.name), failures.get(row.name));
  const rows = new Map<Seed, PluginRow>();
  // A sound entry has the first right to its plugin: the same package may be named by others too.
  for (const seed of seeds.toSorted((a, b) => Number(b.state === 'sound') - Number(a.state === 'sound'))) {
    const row = seed.state === 'sound' ? left.get(seed.plugin.manifest.name) : ofPackage(left, seed.package);
    if (row === undefined || (seed.state === 'failed' && row.state !== 'active')) continue;
    rows.set(seed, row);
    left.delete(row.name);
  }
  return [...seeds.map((seed) => ofSeed(seed, rows.get(seed), show)), ...[...left.values()].map(show)];
}

function ofSeed(seed: Seed, row: PluginRow | undefined, show: (row: PluginRow) => PluginStatus): PluginStatus {
  const known = { package: seed.package, name: null };
  if (seed.state !== 'failed') {
    if (row !== undefined) return show(row);
    return seed.state === 'disabled'
      ? { ...known, version: seed.version, state: 'disabled' }
      : { ...known, version: seed.plugin.manifest.version, state: 'failed' };
  }
  const { reason, pointer, version } = seed;
  const why = { reason, ...(pointer === undefined ? {} : { pointer }) };
  // The version that was wanted before stays.
  return row === undefined ? { ...known, version, state: 'failed', ...why } : { ...show(row), ...why };
}

function ofPackage(rows: ReadonlyMap<string, PluginRow>, packageName: string): PluginRow | undefined {
  return [...rows.values()].find((row) => row.package === packageName);
}

function statusOf(row: PluginRow, plugin: PluginVersion | undefined, failure: string | undefined): PluginStatus {
  const { name, package: packageName, state, refused, watch_until, purge_at, why } = row;
  const reason = failure ?? why ?? undefined;
  return {
    package: packageName,
    name,
    version: plugin?.manifest.version ?? null,
    state: state === 'active' && plugin === undefined ? 'failed' : state,
    ...(reason === undefined ? {} : { reason }),
    ...(refused === null ? {} : { refused }),
    ...(watch_until === null ? {} : { watchUntil: watch_until.toISOString() }),
    ...(purge_at === null ? {} : { purgeAt: purge_at.toISOString() }),
    ...(plugin === undefined ? {} : { plugin }),
  };
}
