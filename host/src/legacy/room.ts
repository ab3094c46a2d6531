// The room put together: the old API, and the move out of the old tables.
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../access/index.ts';
import type { Clients } from '../clients/index.ts';
import type { Clock } from '../clock.ts';
import type { Checks } from '../health/index.ts';
import type { Instances } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Queries } from '../queries/index.ts';
import type { Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { createAnswers } from './api/answers.ts';
import { createOldAsking } from './api/asking.ts';
import { createCallers } from './api/callers.ts';
import { clientMappingRoutes } from './api/client-mapping-routes.ts';
import { createGate } from './api/gate.ts';
import { recordRoutes } from './api/record-routes.ts';
import { createRecords, type More } from './api/records.ts';
import { systemRoutes } from './api/system-routes.ts';
import { INSTANCES, MAPPINGS, SYSTEMS, TEMPLATES } from './api/tables.ts';
import { ConnectionTwin } from './move/connection-twin.ts';
import { parityRoutes } from './move/parity-routes.ts';
import { moveRoutes } from './move/move-routes.ts';
import { createMappingTwin } from './move/mapping-twin.ts';
import { createSteps } from './move/steps.ts';
import { createTemplateTwin } from './move/template-twin.ts';
import { readOld } from './old-rows.ts';
import type { Answers, Parities, Unread } from './parity-report.ts';
import type { InstalledPlugins } from './plugins.ts';

export interface LegacyParts {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly instances: Instances;
  readonly clients: Clients;
  readonly plugins: InstalledPlugins;
  readonly queries: Queries;
  readonly checks: Checks;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  readonly parities: (answers: Answers) => Parities;
  readonly unread: Unread;
}

export interface LegacyRoom {
  readonly routes: (app: FastifyInstance) => void;
  start(): void;
  /** May be called twice. */
  stop(): Promise<void>;
}

export function createLegacyRoom(parts: LegacyParts): LegacyRoom {
  const callers = createCallers(parts);
  const gate = createGate({ ...parts, callers });
  const systems = createRecords(SYSTEMS, new ConnectionTwin(SYSTEMS, parts), parts);
  const instances = createRecords(INSTANCES, new ConnectionTwin(INSTANCES, parts), parts, withSystem);
  const templates = createRecords(TEMPLATES, createTemplateTwin(parts), parts);
  const mappings = createRecords(MAPPINGS, createMappingTwin(parts), parts);
  const asking = createOldAsking(parts);
  const parities = parts.parities(createAnswers([systems, instances, templates, mappings]));
  const steps = createSteps({ ...parts, parities });
  return {
    routes(app) {
      systemRoutes(app, { ...parts, gate, systems, instances, asking });
      recordRoutes(app, '/api/external-widget-templates', templates, { ...parts, gate });
      recordRoutes(app, '/api/external-mappings', mappings, { ...parts, gate });
      clientMappingRoutes(app, mappings, { ...parts, gate });
      moveRoutes(app, steps, callers);
      parityRoutes(app, { parities, plugins: () => parts.plugins.list().map(({ manifest }) => manifest.name) });
    },
    start: () => callers.start(),
    stop: () => callers.stop(),
  };
}

/** Clients of the old API show an instance with the name of its system. */
const withSystem: More = async (db) => {
  const systems = new Map((await readOld(db, SYSTEMS)).map((row) => [row.id, row]));
  return (row) => {
    const system = systems.get(Number(row['system_id']));
    return { system_name: system?.['system_name'] ?? null, system_display_name: system?.['display_name'] ?? null };
  };
};
