// What the open runs of one instance and revision share: the pools of sockets, and the instance's places.
import { Agent, interceptors } from 'undici';
import type { Dispatcher } from 'undici';
import type { Limits } from '../../limits.ts';
import type { Connection, Credentials } from '../connection.ts';
import { guardedConnector, isOwnAddress, isPublicAddress } from './address.ts';
import type { AddressRule } from './address.ts';
import { Places } from './place.ts';
import { createScope } from './target.ts';
import type { Scope, Target } from './target.ts';

/** Dashboards refresh every few seconds: pools that nobody used for this long are closed. Idle sockets end earlier. */
const POOL_IDLE = 30_000;

export interface Wire {
  readonly scope: Scope;
  readonly credentials: Credentials | null;
  readonly places: Places;
  dispatcherFor(target: Target): Dispatcher;
  /** The run is over. */
  release(): void;
}

interface Pools {
  readonly own: GuardedPool;
  readonly granted: GuardedPool;
  users: number;
  expiry: NodeJS.Timeout | undefined;
}

interface Instance {
  readonly places: Places;
  readonly revisions: Map<number, Pools>;
}

interface GuardedPool {
  readonly agent: Agent;
  readonly dispatcher: Dispatcher;
}

export class Wiring {
  readonly #limits: Limits['gateway'];
  readonly #instances = new Map<string, Instance>();

  constructor(limits: Limits['gateway']) {
    this.#limits = limits;
  }

  connect(connection: Connection): Wire {
    const { instanceId, revision, credentials } = connection;
    const concurrency = connection.concurrency ?? this.#limits.concurrency;
    const instance = this.#instanceFor(instanceId, concurrency);
    const pools = this.#poolsFor(instance, revision, concurrency);
    clearTimeout(pools.expiry);
    pools.users++;
    let released = false;
    return {
      scope: createScope(connection),
      credentials,
      places: instance.places,
      dispatcherFor: (target) => (target.own ? pools.own : pools.granted).dispatcher,
      release: () => {
        if (released) return;
        released = true;
        if (--pools.users === 0) this.#expire(instanceId, instance, revision, pools);
      },
    };
  }

  #instanceFor(instanceId: string, concurrency: number): Instance {
    let instance = this.#instances.get(instanceId);
    if (instance === undefined) {
      instance = { places: new Places(concurrency, this.#limits.queue), revisions: new Map() };
      this.#instances.set(instanceId, instance);
    } else {
      instance.places.resize(concurrency);
    }
    return instance;
  }

  #poolsFor(instance: Instance, revision: number, concurrency: number): Pools {
    let pools = instance.revisions.get(revision);
    if (pools === undefined) {
      pools = {
        own: createPool(isOwnAddress, concurrency, this.#limits),
        granted: createPool(isPublicAddress, concurrency, this.#limits),
        users: 0,
        expiry: undefined,
      };
      instance.revisions.set(revision, pools);
    }
    return pools;
  }

  #expire(instanceId: string, instance: Instance, revision: number, pools: Pools): void {
    pools.expiry = setTimeout(() => {
      instance.revisions.delete(revision);
      if (instance.revisions.size === 0) this.#instances.delete(instanceId);
      void pools.own.agent.destroy();
      void pools.granted.agent.destroy();
    }, POOL_IDLE).unref();
  }
}

function createPool(rule: AddressRule, connections: number, limits: Limits['gateway']): GuardedPool {
  const agent = new Agent({
    connections,
    // One socket per request: giving one up closes its socket, and pausing one holds nobody else up.
    allowH2: false,
    connect: guardedConnector(rule, limits.connectTimeout),
    maxHeaderSize: limits.headerBytes,
    // Counts what is on the wire; `decompress` counts what comes out.
    maxResponseSize: limits.bodyBytes,
  });
  const decompress = interceptors.decompress({ skipErrorResponses: false, maxSize: limits.bodyBytes });
  return { agent, dispatcher: agent.compose(decompress) };
}
