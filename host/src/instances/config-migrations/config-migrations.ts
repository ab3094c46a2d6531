// Takes the configs of a plugin's instances along when the plugin goes to another version, and back. Its code runs in the sandbox
// before the transaction that flips the version; there only what is known is written, and what has changed meanwhile is done again.
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { Problem as ProblemDocument } from '@jackfield/schemas';
import type { Actor, Audit } from '../../access/index.ts';
import type { Clock } from '../../clock.ts';
import { Problem } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import type { References, Vault } from '../../secrets/index.ts';
import type { Queryable, Store } from '../../store/index.ts';
import type { ClientFinder } from '../client-finder.ts';
import { type InstanceMirror, NO_MIRROR } from '../mirror.ts';
import { type InstanceRow, readInstance, readInstances, revisionOf } from '../rows.ts';
import type { ResolvedInstance } from '../view.ts';
import type { Written } from '../writes.ts';
import { assess, type Assessment, type AssessmentParts, type Outcome } from './assessment.ts';
import type { ConfigChange } from './changes.ts';
import { type Migrated, runMigration } from './migration-run.ts';
import { trialInstance } from './trial.ts';
import type { Versions } from './way.ts';
import { writeMigrated } from './writes.ts';

export interface ConfigMigrationsParts {
  readonly store: Pick<Store, 'db'>;
  readonly vault: Vault;
  readonly references: References;
  readonly sandbox: Pick<Sandbox, 'run'>;
  readonly clients: ClientFinder;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'configMigrations'>;
  readonly mirror?: InstanceMirror;
}

/** What becomes of one instance. */
export interface InstanceReport {
  readonly instanceId: string;
  readonly name: string;
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly outcome: Outcome;
  /** Versions of its config. */
  readonly from: number;
  readonly to: number;
  readonly changes: readonly ConfigChange[];
  /** Why it fails, or does not work before either. */
  readonly problem?: ProblemDocument;
}

export interface MigrationReport {
  readonly plugin: string;
  /** Versions of the plugin; null when none was active. */
  readonly from: string | null;
  readonly to: string;
  /** No instance fails. */
  readonly ok: boolean;
  readonly instances: readonly InstanceReport[];
}

export interface Applied {
  readonly report: MigrationReport;
  /** To be announced when the transaction is committed. */
  readonly written: readonly Written[];
}

export interface ConfigMigrations {
  /** What would become of every instance. Writes nothing. */
  dryRun(versions: Versions): Promise<MigrationReport>;
  /** One instance as it would be, under an id that nobody has. @throws Problem why it would not work. */
  trial(instanceId: string, versions: Versions): Promise<ResolvedInstance>;
  /**
   * Does it, in the transaction that flips the version. Instances that are there already are left alone, so it may be done again.
   * `by`: who, when it is not whoever is acting now. @throws Problem `conflict` when one of them cannot go along: nothing is written then.
   */
  apply(trx: Queryable, change: Versions & { readonly by?: Actor }): Promise<Applied>;
}

export function createConfigMigrations(parts: ConfigMigrationsParts): ConfigMigrations {
  const { store, vault, references, clients, sandbox, audit, clock, limits, mirror = NO_MIRROR } = parts;
  const { deadline, concurrency, remembered } = limits.configMigrations;
  const results = new LRUCache<string, Migrated>({ max: remembered });

  const migrate: AssessmentParts['migrate'] = async (row, task) => {
    const { plugin, from, to, secrets } = task;
    const key = JSON.stringify([row.id, revisionOf(row), plugin.bundleFile, from, to, secrets]);
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = await runMigration(sandbox, { ...task, deadline });
    results.set(key, result);
    return result;
  };

  const assessOne = (row: InstanceRow, versions: Versions): Promise<Assessment> =>
    assess(row, versions, { opening: { vault, references }, migrate });

  const assessAll = (rows: readonly InstanceRow[], versions: Versions) => {
    const limit = pLimit(concurrency);
    return limit.map(rows, async (row): Promise<Assessed> => ({ row, ...(await assessOne(row, versions)) }));
  };

  return {
    async dryRun(versions) {
      const rows = await readInstances(store.db, { plugin: versions.to.manifest.name });
      return reportOf(versions, await assessAll(rows, versions));
    },

    async trial(instanceId, versions) {
      const row = await readInstance(store.db, instanceId);
      const { working, problem } = await assessOne(row, versions);
      if (working === undefined) throw problem ?? new Error('an instance that does not work has no problem');
      const client = row.client_id === null ? {} : await clients.parametersOf(row.client_id);
      return trialInstance(row, working, versions, new Date(clock.now()), client);
    },

    async apply(trx, { by, ...versions }) {
      const plugin = versions.to.manifest.name;
      await mirror.begin(trx);
      await trx.selectFrom('instance').select('id').where('plugin', '=', plugin).orderBy('id').forUpdate().execute();
      const assessed = await assessAll(await readInstances(trx, { plugin }), versions);
      const failed = assessed.find(({ outcome }) => outcome === 'failed');
      if (failed !== undefined) throw cannotGoAlong(failed, versions);
      const written: Written[] = [];
      for (const { row, next } of assessed) {
        if (next === undefined) continue;
        const change = { row, next, versions, at: new Date(clock.now()), by };
        written.push(await writeMigrated(trx, change, { vault, audit, mirror }));
      }
      return { report: reportOf(versions, assessed), written };
    },
  };
}

interface Assessed extends Assessment {
  readonly row: InstanceRow;
}

function reportOf({ from, to }: Versions, assessed: readonly Assessed[]): MigrationReport {
  return {
    plugin: to.manifest.name,
    from: from?.manifest.version ?? null,
    to: to.manifest.version,
    ok: assessed.every(({ outcome }) => outcome !== 'failed'),
    instances: assessed.map(({ row, outcome, changes, problem }) => ({
      ...{ instanceId: row.id, name: row.name, clientId: row.client_id, enabled: row.enabled },
      ...{ outcome, from: row.config_version, to: to.manifest.configVersion, changes },
      ...(problem === undefined ? {} : { problem: problem.toDocument() }),
    })),
  };
}

function cannotGoAlong({ row, problem }: Assessed, { to }: Versions): Problem {
  const { name, version } = to.manifest;
  const detail = `instance "${row.id}" cannot go along to version ${version} of the plugin "${name}": ${problem?.message}`;
  const errors = problem?.options.errors;
  return new Problem('conflict', detail, {
    ...(errors === undefined ? {} : { errors }),
    next: problem?.options.next ?? 'Change the instance so that it can, or stay on the version before.',
    plugin: name,
    instanceId: row.id,
  });
}
