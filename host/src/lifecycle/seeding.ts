// plugins.json is the seed of what is wanted: what it says anew is followed, once. From then on people change it, and the file, as long
// as it stays the same, does not speak again.
import type { Catalog, Seed } from '../catalog/index.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import { Refused, tryOut, type CanaryParts } from './canary.ts';
import {
  keepVersion,
  lockHead,
  nextGeneration,
  noteRefused,
  type PluginRow,
  readDesired,
  readPlugin,
  writePlugin,
} from './desired-rows.ts';
import { withGrade } from './package-source.ts';
import { type Flip, flip, type FlipParts } from './flip.ts';
import type { Versions, Wanted } from './versions.ts';

export interface SeedingParts extends FlipParts, CanaryParts {
  readonly store: Pick<Store, 'db'>;
  readonly catalog: Pick<Catalog, 'seeds'>;
  readonly versions: Versions;
  readonly log: Log;
}

type Sound = Extract<Seed, { readonly state: 'sound' }>;

/** What a plugin has as its seed that the file names no more, or says is switched off. */
const ABSENT = 'absent';
const DISABLED = 'disabled';

/** @returns what the file says. */
export async function followFile(parts: SeedingParts): Promise<readonly Seed[]> {
  const found = await parts.catalog.seeds();
  if (found === undefined) return [];
  const { seeds, isWhole } = found;
  for (const seed of seeds) {
    if (seed.state !== 'failed') continue;
    const { package: name, reason, pointer } = seed;
    parts.log.error({ package: name, reason, pointer }, 'a plugin failed to load');
  }
  await followSeeds(parts, seeds, isWhole);
  return seeds;
}

/** `isWhole`: every entry could be read, so that what is not there is meant not to be. */
async function followSeeds(parts: SeedingParts, seeds: readonly Seed[], isWhole: boolean): Promise<void> {
  const { db } = parts.store;
  const known = new Map((await readDesired(db)).plugins.map((row) => [row.name, row]));
  const sound = seeds.filter((seed) => seed.state === 'sound');
  await addNew(
    parts,
    sound.filter((seed) => !known.has(seed.plugin.manifest.name)),
  );
  for (const seed of sound) {
    const row = known.get(seed.plugin.manifest.name);
    if (row !== undefined && row.seed !== seed.digest) await followChange(parts, seed, row);
  }
  const off = new Set(seeds.filter((seed) => seed.state === 'disabled').map((seed) => seed.package));
  // A sound one says which plugin it is, and whatever else came from its package is not it.
  const named = new Set(seeds.filter((seed) => seed.state !== 'sound').map((seed) => seed.package));
  const isNamed = new Set(sound.map((seed) => seed.plugin.manifest.name));
  for (const row of known.values()) {
    if (isNamed.has(row.name)) continue;
    if (off.has(row.package)) await switchOff(parts, row, DISABLED, 'plugins.json says so');
    // It has come by other means, or was switched off by somebody: the file has nothing to say about it.
    else if (isWhole && row.seed !== null && !named.has(row.package)) {
      await switchOff(parts, row, ABSENT, 'plugins.json names it no more');
    }
  }
}

/** All that nobody knows yet, in one generation. */
async function addNew({ store, versions }: SeedingParts, seeds: readonly Sound[]): Promise<void> {
  if (seeds.length === 0) return;
  const packed = await Promise.all(seeds.map(async (seed) => ({ seed, kept: await seed.pack() })));
  await store.db.transaction().execute(async (trx) => {
    await lockHead(trx);
    let generation: number | undefined;
    for (const { seed, kept } of packed) {
      const { name } = seed.plugin.manifest;
      // Another host may have been faster.
      if ((await readPlugin(trx, name)) !== undefined) continue;
      generation ??= await nextGeneration(trx);
      await keepVersion(trx, kept, aboutOf(seed));
      await writePlugin(trx, { ...wantedOf(seed, kept.integrity), generation });
    }
  });
  for (const { seed, kept } of packed) versions.add({ integrity: kept.integrity, grants: seed.grants }, seed.plugin);
}

/** The operator has put another version into the file, or grants it something else. Vendors are not asked: a host must be able to start. */
async function followChange(parts: SeedingParts, seed: Sound, row: PluginRow): Promise<void> {
  const { store, versions, log } = parts;
  const { name, version } = seed.plugin.manifest;
  const kept = await seed.pack();

  const wanted: Wanted = { integrity: kept.integrity, grants: seed.grants };
  await keepVersion(store.db, kept, aboutOf(seed));

  versions.add(wanted, seed.plugin);
  try {
    const to = await versions.open(wanted);
    const from = await versions.open(row).catch(() => undefined);
    const isOther = row.integrity !== kept.integrity;
    if (isOther) {
      const { signal } = new AbortController();
      await tryOut(parts, { from, to, checks: false, signal, onStep: async () => undefined });
    }
    await flip(parts, {
      act: 'follow-file',
      expected: row.generation,
      wanted: {
        ...wantedOf(seed, kept.integrity),
        previous: isOther ? row.integrity : row.previous,
        previous_grants: isOther ? row.grants : row.previous_grants,
      },
      versions: { from, to },
      after: { version },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Another host that starts with the same file was faster.
    if (!(error instanceof Refused) && (await readPlugin(store.db, name))?.seed === seed.digest) return;
    log.error(
      { plugin: name, version, reason },
      'the version that plugins.json names was not taken; the one before stays',
    );
    await noteRefused(store.db, name, { version, reason });
  }
}

async function switchOff(parts: SeedingParts, row: PluginRow, seed: string, why: string): Promise<void> {
  if (row.seed === seed || row.state === 'removed') return;
  const { name, package: packageName, integrity, previous, grants, previous_grants } = row;
  parts.log.warn({ plugin: name, why }, 'a plugin is switched off');
  await flip(parts, {
    act: 'follow-file',
    expected: row.generation,
    wanted: {
      ...{ name, package: packageName, state: 'disabled', integrity, previous, grants, previous_grants, seed, why },
      ...{ watchMs: null, purgeMs: null },
    },
    after: { why },
  }).catch((error: unknown) => parts.log.warn({ plugin: name, err: error }, 'another host has changed the plugin'));
}

function aboutOf({ plugin }: Sound) {
  const { name, version } = plugin.manifest;
  const source = { kind: 'file', spec: 'plugins.json', signatures: 'unknown' } as const;
  return { package: plugin.package, name, version, source: withGrade(source, plugin) };
}

function wantedOf({ plugin, grants, digest }: Sound, integrity: string): Flip['wanted'] {
  return {
    ...{ name: plugin.manifest.name, package: plugin.package, integrity, grants, seed: digest },
    ...{ state: 'active', previous: null, previous_grants: null, why: null, watchMs: null, purgeMs: null },
  };
}
