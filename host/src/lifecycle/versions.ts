// Opened plugin versions of this host. One that is opened again is the same object: whoever compares versions compares these.
import { LRUCache } from 'lru-cache';
import type { Catalog, Package } from '../catalog/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { PluginGrants, Queryable } from '../store/index.ts';
import { readPackage } from './desired-rows.ts';

export interface Versions {
  /** From the database, verified again. @throws why it is not taken. */
  open(wanted: Wanted): Promise<PluginVersion>;
  /** The same of one that is at hand, whose integrity is known to be its own. */
  openPackage(packed: Package, grants: PluginGrants): Promise<PluginVersion>;
  /** One that this host has opened by other means. */
  add(wanted: Wanted, plugin: PluginVersion): void;
}

export interface Wanted {
  readonly integrity: string;
  readonly grants: PluginGrants;
}

export function createVersions(db: Queryable, catalog: Pick<Catalog, 'open'>, remembered: number): Versions {
  const opened = new LRUCache<string, PluginVersion>({ max: remembered });
  const opening = new Map<string, Promise<PluginVersion>>();

  const openNow = async ({ integrity, grants }: Wanted, read: () => Promise<Package>): Promise<PluginVersion> => {
    const key = keyOf({ integrity, grants });
    const plugin = await catalog.open(await read(), grants);
    // It may have been added meanwhile.
    const other = opened.get(key);
    if (other !== undefined) return other;
    opened.set(key, plugin);
    return plugin;
  };
  const open = async (wanted: Wanted, read: () => Promise<Package>): Promise<PluginVersion> => {
    const key = keyOf(wanted);
    const known = opened.get(key) ?? opening.get(key);
    if (known !== undefined) return known;
    const work = openNow(wanted, read).finally(() => opening.delete(key));
    opening.set(key, work);
    return work;
  };
  return {
    open: (wanted) => open(wanted, () => readPackage(db, wanted.integrity)),
    openPackage: (packed, grants) => open({ integrity: packed.integrity, grants }, async () => packed),
    add: (wanted, plugin) => void opened.set(keyOf(wanted), plugin),
  };
}

/** Two versions with the same key are the same. */
export function keyOf({ integrity, grants }: Wanted): string {
  const { hosts = [], memoryMb = null, isolation = 'plugin' } = grants;
  return JSON.stringify([integrity, [...hosts].toSorted(), memoryMb, isolation]);
}
