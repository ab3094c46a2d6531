// How instances are: checks that come by themselves, what runs find out, states with their history, and repairs.
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Instances, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { HealthState, Store } from '../store/index.ts';
import type { StreamTables } from '../sync/index.ts';
import type { Ticks } from '../ticks.ts';
import { createCheckLoop } from './check-loop.ts';
import { type Checks, createChecks } from './checks.ts';
import { keepRows } from './facts.ts';
import { holdTurnedAway } from './holds.ts';
import { createInstanceHealth } from './instance-health.ts';
import { listenToRuns } from './listeners.ts';
import { forgetOldRepairs } from './repair-rows.ts';
import { checkRoutes, healthRoutes } from './routes.ts';
import { settle } from './settle.ts';

export interface Health {
  readonly checks: Checks;
  readonly routes: (app: FastifyInstance) => void;
  /** The state of each instance. */
  states(): Promise<ReadonlyMap<string, HealthState>>;
  /** Call when the plugins are there. */
  start(): Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

export interface HealthParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly hooks: Hooks;
  readonly instances: Instances;
  readonly audit: Pick<Audit, 'record'>;
  readonly runner: Runner;
  readonly gateway: Pick<Gateway, 'resetGate'>;
  readonly streams: Pick<StreamTables, 'list'>;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

export function createHealth(parts: HealthParts): Health {
  const { store, ticks, limits } = parts;
  const { db } = store;
  const settleOne = (instanceId: string): Promise<void> => settle(db, limits.health, instanceId);
  const holds = holdTurnedAway({ ...parts, limits: limits.holds });
  const { plugins } = listenToRuns({ ...parts, holds, settle: settleOne });
  const loop = createCheckLoop({ ...parts, plugins, settle: settleOne, isHeld: (id) => holds.isHeld(id) });
  const checks = createChecks({ ...parts, settle: settleOne });
  const view = createInstanceHealth({ store, audit: parts.audit, plugins, limits: limits.health });
  const ends: (() => void)[] = [];

  return {
    checks,
    routes: (app) => {
      checkRoutes(app, checks);
      healthRoutes(app, view, limits.health);
    },
    states: () => view.states(),
    async start() {
      // What other hosts were told is known before the first run.
      await holds.refresh();
      await keepRows(db, limits.health.first);
      ends.push(
        ticks.every('health: checks', limits.health.tick, async () => {
          await holds.refresh();
          await loop.fill();
        }),
        ticks.every('health: states', limits.health.settle, () => settle(db, limits.health)),
        ticks.every('health: old repairs', limits.sync.clearing, () => forgetOldRepairs(db, limits.health.keepRepairs)),
      );
    },
    async stop() {
      for (const end of ends.splice(0)) end();
      await loop.stop();
    },
  };
}
