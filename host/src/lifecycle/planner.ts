// Says what a change would do, before anything of it happens. A package is fetched and verified for it, and kept; nothing of it runs.
import { createHash } from 'node:crypto';
import type { PluginManifest } from '@jackfield/schemas';
import { type Catalog, type Package, toRefusal } from '../catalog/index.ts';
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { PluginGrants, PluginSource, Store } from '../store/index.ts';
import type { Action, Plan, VersionRef } from './change-view.ts';
import type { ChangeRequest } from './change-input.ts';
import { readDependents } from './dependents.ts';
import { keepVersion, type PluginRow, readPackage, readPlugin, readVersion, readVersions } from './desired-rows.ts';
import { type PackageSource, withGrade } from './package-source.ts';
import { differences, grantsFor, permissionsOf } from './permissions.ts';
import type { Versions } from './versions.ts';

export interface PlannerParts {
  readonly store: Pick<Store, 'db'>;
  readonly catalog: Catalog;
  readonly versions: Versions;
  readonly packages: PackageSource;
  readonly limits: Limits;
}

export interface Kept {
  readonly packed: Package;
  readonly plugin: PluginVersion;
  readonly source: PluginSource;
}

export function hashOf(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

/** @throws Problem when it makes no sense, or the package is not taken. */
export async function planChange(parts: PlannerParts, request: ChangeRequest): Promise<Plan> {
  const { db } = parts.store;
  const { action } = request;
  if (action === 'add' || action === 'upgrade') return planInstall(parts, request, action);
  const row = await installed(parts, request.plugin, action);
  const { name } = row;
  const expected: Partial<Record<Action, PluginRow['state']>> = {
    enable: 'disabled',
    disable: 'active',
    restore: 'removed',
  };
  const wrong = (expected[action] ?? row.state) !== row.state || (action !== 'restore' && row.state === 'removed');
  if (wrong) throw conflict(name, `is ${row.state}`, 'Look at how it is now: GET /api/plugins.');
  const from = await refOf(parts, row.integrity);
  const current = await parts.versions.open(row).catch(() => undefined);
  if (action === 'rollback') {
    const target = await rollbackTarget(parts, row, request.version);
    const grants = await grantsOfKept(parts, row, target);
    return build(parts, { action, row, from, to: target, grants, current });
  }
  const isComing = action === 'enable' || action === 'restore';
  const dependents = await readDependents({ db }, name);
  return {
    ...{ action, plugin: name, package: row.package, displayName: current?.manifest.displayName ?? name },
    ...{
      from: isComing ? null : from,
      to: isComing ? from : null,
      source: (await readVersion(db, row.integrity))?.source ?? null,
    },
    grants: row.grants,
    permissions: isComing && current !== undefined ? permissionsOf(current.manifest) : [],
    ...{ added: [], removed: [], dependents, configVersion: null },
    retentionMs: action === 'remove' ? parts.limits.lifecycle.retention : null,
    generation: row.generation,
  };
}

async function planInstall(parts: PlannerParts, request: ChangeRequest, action: 'add' | 'upgrade'): Promise<Plan> {
  const { db } = parts.store;
  const { packed, plugin } = await takePackage(parts, request);
  const { name, version } = plugin.manifest;
  if (request.plugin !== undefined && request.plugin !== name) {
    throw invalid('/plugin', `the package is of the plugin "${name}", not of "${request.plugin}"`);
  }
  const row = await readPlugin(db, name);
  if (action === 'add' && row !== undefined && row.state !== 'removed') {
    throw conflict(name, 'is installed already', 'Plan an upgrade instead.');
  }
  if (action === 'upgrade') {
    const before = await installed(parts, name, action);
    if (before.state !== 'active') throw conflict(name, `is ${before.state}`, 'Enable or restore it first.');
    if (before.package !== plugin.package) {
      throw conflict(name, `comes from the package ${before.package}`, `Remove it before you add ${plugin.package}.`);
    }
    if (before.integrity === packed.integrity)
      throw conflict(name, `is at version ${version} already`, 'Nothing is to be done.');
  }
  const current = row === undefined ? undefined : await parts.versions.open(row).catch(() => undefined);
  const from = row === undefined || row.state !== 'active' ? null : await refOf(parts, row.integrity);
  const grants = grantsFor(plugin.manifest, request.isolation ?? row?.grants.isolation);
  return build(parts, { action, row, from, to: { version, integrity: packed.integrity }, grants, current });
}

/** Fetched or uploaded, verified, and kept for every host. */
export async function takePackage(
  parts: PlannerParts,
  request: Pick<ChangeRequest, 'source' | 'integrity' | 'isolation'>,
): Promise<Kept> {
  const { source: spec } = request;
  if (spec === undefined) throw invalid('/source', 'must say where the package is');
  const uploaded = spec.startsWith('sha512-') ? await readVersion(parts.store.db, spec) : undefined;
  if (uploaded !== undefined) {
    const packed = await readPackage(parts.store.db, spec);
    return { packed, source: uploaded.source, plugin: await verify(parts, packed, request.isolation) };
  }
  if (spec.startsWith('sha512-')) throw invalid('/source', 'is no package that was uploaded');
  const { packed, source } = await parts.packages.fetch(spec, request.integrity);
  return keepPackage(parts, packed, source, request.isolation);
}

/** @throws Problem `config_invalid` that says why it is not taken. */
export async function keepPackage(
  parts: Pick<PlannerParts, 'store' | 'catalog' | 'versions'>,
  packed: Package,
  source: PluginSource,
  isolation?: PluginGrants['isolation'],
): Promise<Kept> {
  const plugin = await verify(parts, packed, isolation);
  const { name, version } = plugin.manifest;
  const graded = withGrade(source, plugin);
  await keepVersion(parts.store.db, packed, { package: plugin.package, name, version, source: graded });
  return { packed, plugin, source: graded };
}

async function verify(
  { catalog, versions }: Pick<PlannerParts, 'catalog' | 'versions'>,
  packed: Package,
  isolation: PluginGrants['isolation'],
): Promise<PluginVersion> {
  try {
    const { manifest } = await catalog.peek(packed.tarball);
    return await versions.openPackage(packed, askedBy(manifest, isolation));
  } catch (error) {
    const { reason, pointer = '/source' } = toRefusal(error);
    throw new Problem('config_invalid', `the package is refused: ${reason}`, {
      errors: [{ pointer, message: reason }],
      next: 'Take a release that is sound; jackfield-plugin validate says more to its author.',
    });
  }
}

/** What nobody has verified yet may ask for anything; what it gets is what is verified next. */
function askedBy(manifest: unknown, isolation: PluginGrants['isolation']): PluginGrants {
  try {
    return grantsFor(manifest as PluginManifest, isolation);
  } catch {
    return {};
  }
}

interface Build {
  readonly action: Action;
  readonly row: PluginRow | undefined;
  readonly from: VersionRef | null;
  readonly to: VersionRef;
  readonly grants: PluginGrants;
  readonly current: PluginVersion | undefined;
}

async function build(parts: PlannerParts, { action, row, from, to, grants, current }: Build): Promise<Plan> {
  const { db } = parts.store;
  const next = await parts.versions.open({ integrity: to.integrity, grants });
  const { name, displayName, configVersion } = next.manifest;
  const permissions = permissionsOf(next.manifest);
  const before = from === null || current === undefined ? [] : permissionsOf(current.manifest);
  return {
    ...{ action, plugin: name, package: next.package, displayName, from, to, grants, permissions },
    source: (await readVersion(db, to.integrity))?.source ?? null,
    ...differences(before, permissions),
    dependents: await readDependents({ db }, name),
    configVersion: { from: current?.manifest.configVersion ?? null, to: configVersion },
    retentionMs: null,
    generation: row?.generation ?? 0,
  };
}

/** What it was granted when it was active before; else what it asks for. */
async function grantsOfKept(parts: PlannerParts, row: PluginRow, { integrity }: VersionRef): Promise<PluginGrants> {
  if (integrity === row.previous && row.previous_grants !== null) return row.previous_grants;
  const { manifest } = await parts.catalog.peek((await readPackage(parts.store.db, integrity)).tarball);
  return askedBy(manifest, row.grants.isolation);
}

async function rollbackTarget(parts: PlannerParts, row: PluginRow, version: string | undefined): Promise<VersionRef> {
  const kept = await readVersions(parts.store.db, row.name);
  const target = kept.find((one) =>
    version === undefined ? one.integrity === row.previous : one.version === version && one.integrity !== row.integrity,
  );
  if (row.state !== 'active') throw conflict(row.name, `is ${row.state}`, 'Enable or restore it first.');
  if (target !== undefined) return { version: target.version, integrity: target.integrity };
  const what = version === undefined ? 'has no version to go back to' : `has no version ${version} that is kept here`;
  throw conflict(row.name, what, `GET /api/plugins/${row.name}/versions lists those that are kept.`);
}

async function installed({ store }: PlannerParts, name: string | undefined, action: Action): Promise<PluginRow> {
  if (name === undefined) throw invalid('/plugin', `must say which plugin to ${action}`);
  const row = await readPlugin(store.db, name);
  if (row !== undefined) return row;
  throw new Problem('not_found', `there is no plugin "${name}"`, { next: 'GET /api/plugins lists them.' });
}

async function refOf({ store }: PlannerParts, integrity: string): Promise<VersionRef> {
  const { version = '?' } = (await readVersion(store.db, integrity)) ?? {};
  return { version, integrity };
}

function invalid(pointer: string, message: string): Problem {
  return new Problem('config_invalid', `${pointer} ${message}`, { errors: [{ pointer, message }] });
}

function conflict(plugin: string, how: string, next: string): Problem {
  return new Problem('conflict', `the plugin "${plugin}" ${how}`, { plugin, next });
}
