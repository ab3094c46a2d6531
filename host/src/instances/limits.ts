// How hard the vendor of each instance may be asked, and how it is being asked now.
import type { Actor, Audit, AuditEvent, ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Gateway, GateState, Pace, RateLimit } from '../gateway/index.ts';
import { assertPlainJson } from '../plain-json.ts';
import { lazySchema, toFieldErrors } from '../schema.ts';
import type { Store } from '../store/index.ts';
import type { InputSchema } from './input.ts';
import { fullPace, paceOf, type PaceOverride } from './pace.ts';
import type { PluginFinder } from './plugin-finder.ts';
import { type InstanceRow, lockInstance, readInstance, writeLimits } from './rows.ts';

export interface LimitsView {
  /** By the plugin; null where it says nothing. */
  readonly declared: { readonly concurrency: number | null; readonly rate: RateLimit | null };
  /** By an admin, for this instance; null: nothing. */
  readonly override: PaceOverride | null;
  readonly effective: Pace;
  /** On the host that answers: each keeps to the limits by itself. */
  readonly now: GateState;
}

export const overrideSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'What is left out is as the plugin declares it: {} removes what was set before.',
  properties: {
    concurrency: { type: 'integer', minimum: 1, maximum: 64, description: 'Requests in flight.' },
    rate: {
      type: ['object', 'null'],
      additionalProperties: false,
      required: ['requests', 'perMs', 'burst'],
      description: 'Null: as many as there are.',
      properties: {
        requests: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'In `perMs`, on average.' },
        perMs: { type: 'integer', minimum: 100, maximum: 86_400_000 },
        burst: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'At once, after a quiet time.' },
      },
    },
  },
};
const isOverride = lazySchema<PaceOverride>(overrideSchema);

export interface InstanceLimits {
  /** `clients`: only of theirs. */
  get(id: string, clients: ClientScope): Promise<LimitsView>;
  /** Counts at once here, and on other hosts with the next run. See `overrideSchema`. */
  set(id: string, input: unknown, actor: Actor): Promise<LimitsView>;
  /** The vendor is asked again at once: closes the breaker, and ends a pause that the vendor asked for. On this host. */
  reset(id: string, actor: Actor): Promise<LimitsView>;
}

export interface InstanceLimitsParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly plugins: PluginFinder;
  readonly gateway: Pick<Gateway, 'gateOf' | 'setPace' | 'resetGate'>;
  readonly audit: Pick<Audit, 'record'>;
  /** Requests in flight when nobody says it. */
  readonly concurrency: number;
}

export function createInstanceLimits(parts: InstanceLimitsParts): InstanceLimits {
  const { plugins, gateway, audit, concurrency } = parts;
  const { db, readAs } = parts.store;
  const viewOf = async (row: InstanceRow, act: (pace: Pace) => Promise<GateState | null>): Promise<LimitsView> => {
    const declared = plugins.find(row.plugin)?.manifest.rateLimits ?? {};
    const effective = fullPace(paceOf(declared, row.limits), concurrency);
    return {
      declared: { concurrency: declared.concurrency ?? null, rate: declared.rate ?? null },
      override: row.limits,
      effective,
      now: (await act(effective)) ?? atRest(effective),
    };
  };
  return {
    get: async (id, clients) =>
      viewOf(await readAs(clients, (seen) => readInstance(seen, id)), () => gateway.gateOf(id)),
    async set(id, input, actor) {
      const override = parseOverride(input);
      const limits = Object.keys(override).length === 0 ? null : override;
      await db.transaction().execute(async (trx) => {
        await lockInstance(trx, id);
        const before = (await readInstance(trx, id)).limits;
        await writeLimits(trx, id, limits);
        await audit.record(trx, { ...eventOf(id, actor, 'change'), before, after: limits });
      });
      return viewOf(await readInstance(db, id), (pace) => gateway.setPace(id, pace));
    },
    async reset(id, actor) {
      await db.transaction().execute(async (trx) => {
        await readInstance(trx, id);
        await audit.record(trx, eventOf(id, actor, 'reset'));
      });
      return viewOf(await readInstance(db, id), () => gateway.resetGate(id));
    },
  };
}

function eventOf(instanceId: string, actor: Actor, act: string): AuditEvent {
  return { actor, action: `instance-limits.${act}`, entity: { kind: 'instance', id: instanceId }, instanceId };
}

function parseOverride(input: unknown): PaceOverride {
  assertPlainJson(input);
  if (isOverride(input)) return input;
  throw new Problem('config_invalid', 'the limits are not valid', { errors: toFieldErrors(isOverride.errors) });
}

/** Of a vendor that nobody has asked lately. */
function atRest({ rate }: Pace): GateState {
  const breaker = { state: 'closed', failures: 0, reason: null, retryAfterMs: 0 } as const;
  return { inFlight: 0, queued: 0, tokens: rate?.burst ?? null, pausedMs: 0, breaker };
}
