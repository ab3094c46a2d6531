// Everything that the host has of streams: their tables, when they are read, and what people may do about it.
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../access/index.ts';
import type { Instances, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { syncJobRoutes } from './job-routes.ts';
import { streamRoutes } from './routes.ts';
import { runRoutes } from './run-routes.ts';
import { keepSchedules } from './schedules.ts';
import { createStreamTables, type StreamTables } from './stream-tables.ts';
import { createSyncEngine } from './sync-engine.ts';
import { createSyncJobs } from './sync-jobs.ts';
import { createSyncRuns } from './sync-runs.ts';

export interface Sync {
  readonly tables: StreamTables;
  readonly routes: (app: FastifyInstance) => void;
  /** Call when the plugins are there. Without a stream there is nothing to do, until a plugin comes that has one. */
  start(): Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

export function createSync(parts: {
  readonly store: Store;
  readonly hooks: Hooks;
  readonly instances: Instances;
  readonly runner: Runner;
  readonly audit: Audit;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly log: Log;
}): Sync {
  const { store, hooks, limits } = parts;
  const tables = createStreamTables(parts);
  const schedules = keepSchedules({ store, hooks, limits: limits.sync });
  const targetOf = ({ plugin, view }: ResolvedInstance, stream: string) =>
    tables.target(stream, { plugin: plugin.manifest.name, instanceId: view.id });
  const engine = createSyncEngine({ ...parts, ...schedules, targetOf, histories: tables.histories });
  let isOpen = false;
  let starting: Promise<void> | undefined;
  const startEngine = (): Promise<void> => (starting ??= engine.start());
  hooks.contribute.for('streams').tapPromise({ name: 'sync engine', stage: 1 }, async ({ active }) => {
    if (active && isOpen && schedules.plugins().length > 0) await startEngine();
  });
  const jobs = createSyncJobs({ store, queue: engine.queue, audit: parts.audit });
  const runs = createSyncRuns(parts);
  return {
    tables,
    routes: (app) => {
      streamRoutes(app, tables);
      syncJobRoutes(app, jobs);
      runRoutes(app, runs);
    },
    start: async () => {
      isOpen = true;
      if (schedules.plugins().length > 0) await startEngine();
    },
    stop() {
      isOpen = false;
      return engine.stop();
    },
  };
}
