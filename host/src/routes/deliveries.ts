// A delivery from the sender to the answer: verified by the host, handled by the plugin, its changes committed together with the
// record that refuses it a second time. What fails on the way is recorded nowhere, so that the vendor can send it again.
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Instances, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { repeated, type Store } from '../store/index.ts';
import type { ApplyCounts, StreamTables } from '../sync/index.ts';
import { type Delivery, digestOf, toPluginRequest } from './delivery.ts';
import { accept, type DeliveryKey, forgetOld, wasAccepted } from './delivery-record.ts';
import { type RouteAnswer, readAnswer } from './route-answer.ts';
import type { PluginRoute, RouteTable } from './route-table.ts';
import { SenderLimit } from './sender-limit.ts';
import { isVerified, pretendToVerify, type Verification, verificationOf } from './verification.ts';

export interface Deliveries {
  /** Before the body is read. @throws Problem `rate_limited` when this sender was refused too often. */
  assertMaySend(sender: Pick<Delivery, 'address' | 'instanceId'>): void;
  /**
   * @throws Problem `permission_denied` for whatever is wrong about the sender or the address, `conflict` when it was accepted
   * before, or why it failed: a vendor that gets 429 or 5xx sends it again.
   */
  take(delivery: Delivery): Promise<Pick<RouteAnswer, 'status' | 'body'>>;
}

export interface DeliveriesParts {
  readonly store: Pick<Store, 'db'>;
  readonly instances: Pick<Instances, 'resolve'>;
  readonly runner: Runner;
  readonly routes: RouteTable;
  readonly streams: StreamTables;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

/** A delivery that is the vendor's. */
interface Verified {
  readonly instance: ResolvedInstance;
  readonly route: PluginRoute;
  readonly verification: Verification;
}

export function createDeliveries(parts: DeliveriesParts): Deliveries {
  return new DeliveryService(parts);
}

class DeliveryService implements Deliveries {
  readonly #parts: DeliveriesParts;
  readonly #senders: SenderLimit;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
    this.#senders = new SenderLimit(parts.limits.routes, parts.clock);
  }

  assertMaySend(sender: Pick<Delivery, 'address' | 'instanceId'>): void {
    this.#senders.assertMaySend(sender);
  }

  async take(delivery: Delivery): Promise<Pick<RouteAnswer, 'status' | 'body'>> {
    const verified = await this.#verify(delivery);
    const { instance, route, verification } = verified;
    const key = { instanceId: instance.view.id, route: route.id, digest: digestOf(delivery, verification) };
    if (await wasAccepted(this.#parts.store.db, key)) throw replayed(key);
    const answer = await this.#handle(delivery, verified);
    // A plugin that refuses a delivery has not taken it: nothing is written, and it may come again.
    if (answer.status < 400) await this.#commit(verified, key, answer);
    return answer;
  }

  async #verify(delivery: Delivery): Promise<Verified> {
    const found = await this.#find(delivery);
    if (typeof found !== 'string') {
      const { verification, secret, ...verified } = found;
      if (isVerified(verification, secret, delivery)) return { ...verified, verification };
    } else {
      pretendToVerify(delivery);
    }
    this.#senders.refused(delivery);
    const { instanceId, address, path } = delivery;
    const reason = typeof found === 'string' ? found : 'the secret or signature is missing or wrong';
    this.#parts.log.info({ instanceId, address, route: path, reason }, 'a delivery was refused');
    throw refusal();
  }

  /** What is there at this address, or why there is nothing: that is for the log only. */
  async #find({ instanceId, method, path }: Delivery): Promise<(Verified & { readonly secret: string }) | string> {
    let instance: ResolvedInstance;
    try {
      instance = await this.#parts.instances.resolve(instanceId);
    } catch (error) {
      if (error instanceof Problem && error.code !== 'internal') return error.message;
      throw error;
    }
    const route = this.#parts.routes.find(instance.plugin.manifest.name, method, path);
    if (route === undefined) return `the plugin "${instance.plugin.manifest.name}" has no such route`;
    const verifiedBy = verificationOf(route.manifest, instance.secretFields);
    if (verifiedBy === undefined) {
      const fields = route.manifest.verify.map(({ secret }) => secret).join(', ');
      return `no secret is set that it could be verified with: set one of ${fields}`;
    }
    return { instance, route, ...verifiedBy };
  }

  async #handle(delivery: Delivery, { instance, route }: Verified): Promise<RouteAnswer> {
    const { streams: declared = {} } = instance.plugin.manifest;
    const streams = route.manifest.streams.flatMap((id) => {
      const stream = declared[id];
      return stream ? [[id, { columns: stream.columns, primaryKey: stream.primaryKey }] as const] : [];
    });
    const request = toPluginRequest(delivery, route, instance.secrets);
    const { encoding } = this.#parts.streams;
    const work = { kind: 'route', id: route.id, request, streams: Object.fromEntries(streams), encoding } as const;
    const run = await this.#parts.runner.start(instance, work, this.#parts.limits.routes.deadline);
    // A route has no rows; whoever sends some all the same must not wait for ever to be read.
    while ((await run.next()) !== null);
    const result = await run.result;
    if (result.problem !== undefined) throw forVendor(result.problem);
    const answer = readAnswer(result.answer, route, { runId: run.runId, instanceId: instance.view.id });
    if (encoding === 'ndjson') return answer;
    // Rows are of this version of the plugin, whatever is active when they are written.
    const columnsOf = (id: string): string[] => declared[id]?.columns.map(({ name }) => name) ?? [];
    return {
      ...answer,
      changes: answer.changes.map((change) => ({ ...change, copied: columnsOf(change.stream) })),
    };
  }

  async #commit({ instance, route }: Verified, key: DeliveryKey, { changes }: RouteAnswer): Promise<void> {
    const { store, streams, limits, log } = this.#parts;
    const plugin = instance.plugin.manifest.name;
    const target = { plugin, instanceId: instance.view.id };
    const commit = (): Promise<ApplyCounts> =>
      store.db.transaction().execute(async (trx) => {
        if (!(await accept(trx, key, route.manifest.replayMs))) throw replayed(key);
        const counts = await streams.apply(trx, target, changes);
        await forgetOld(trx, limits.routes.purgeRows);
        return counts;
      });
    const counts = await repeated(commit, limits.store.commits).catch((error: unknown) => {
      const { code } = error as { code?: unknown };
      throw code === FOREIGN_KEY || code === 'gone' ? refusal() : error;
    });
    const about = { ...target, route: route.id, ...counts };
    if (counts.rejected > 0) log.warn(about, 'a delivery had rows that the table cannot hold');
    else log.debug(about, 'a delivery was taken');
  }
}

/** One answer for everything that a stranger might want to tell apart: which instances there are, which routes, what was wrong. */
function refusal(): Problem {
  return new Problem('permission_denied', 'this delivery is not accepted', {
    next:
      "Check the URL and the secret in the vendor's settings. With a token, GET /api/instances/<id>/routes lists the URLs and " +
      'says which secrets are set.',
  });
}

function replayed({ instanceId }: DeliveryKey): Problem {
  return new Problem('conflict', 'this delivery was accepted before', {
    instanceId,
    next: 'Nothing: it needs no second delivery.',
  });
}

/** A vendor gives up on an answer below 500, so one that is not about its request must not be one. */
function forVendor(problem: Problem): Problem {
  const isAnswer = problem.status >= 500 || problem.code === 'rate_limited' || problem.code === 'params_invalid';
  if (isAnswer) return problem;
  const { runId, plugin, instanceId } = problem.options;
  return new Problem('plugin_failed', `the delivery could not be handled: ${problem.message}`, {
    ...(runId === undefined ? {} : { runId }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(instanceId === undefined ? {} : { instanceId }),
    cause: problem,
  });
}

/** The instance went between verification and commit. */
const FOREIGN_KEY = '23503';
