// What the open runs of one instance and revision share: the pools of sockets, and the instance's places.
import { Agent, interceptors } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import type { Limits } from '../../limits.ts';
import type { Connection } from '../connection.ts';
import { guardedConnector, isOwnAddress, isPublicAddress, ownConnector } from './address.ts';
import { Places } from './place.ts';
import { fixedSignature, TokenSignature, type Signature } from './signature.ts';
import { createScope } from './target.ts';
import type { Scope, Target } from './target.ts';
import type { HeldExit } from './token-source.ts';
import type { TokenSources } from './token-sources.ts';

/** Dashboards refresh every few seconds: pools that nobody used for this long are closed. Idle sockets end earlier. */
const POOL_IDLE = 30_000;

export interface Wire {
  readonly scope: Scope;
  /** For one call on the base URL's origin. */
  sign(): Signature;
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
  readonly revisions: Map<number | string, Pools>;
}

interface GuardedPool {
  readonly agent: Agent;
  readonly dispatcher: Dispatcher;
}

export class Wiring {
  readonly #limits: Limits['gateway'];
  readonly #tokens: TokenSources;
  readonly #instances = new Map<string, Instance>();

  constructor(limits: Limits['gateway'], tokens: TokenSources) {
    this.#limits = limits;
    this.#tokens = tokens;
  }

  connect(connection: Connection): Wire {
    const { instanceId, revision, credentials } = connection;
    const concurrency = connection.concurrency ?? this.#limits.concurrency;
    const instance = this.#instanceFor(instanceId, concurrency);
    const pools = this.#poolsFor(instance, connection, concurrency);
    const scope = createScope(connection);
    const dispatcherFor = (target: Target): Dispatcher => (target.own ? pools.own : pools.granted).dispatcher;
    const hold = (): HeldExit => {
      clearTimeout(pools.expiry);
      pools.users++;
      const release = once(() => {
        if (--pools.users === 0) this.#expire(instanceId, instance, revision, pools);
      });
      return { scope, dispatcherFor, release };
    };
    const run = hold();
    const common = { scope, dispatcherFor, places: instance.places };
    if (credentials?.type !== 'oauth2') {
      return { ...common, sign: () => fixedSignature(credentials), release: run.release };
    }
    const { source, release } = this.#tokens.take(connection, credentials);
    return {
      ...common,
      sign: () => new TokenSignature(source, hold),
      release: once(() => {
        release();
        run.release();
      }),
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

  #poolsFor(instance: Instance, { revision, tls }: Connection, concurrency: number): Pools {
    let pools = instance.revisions.get(revision);
    if (pools === undefined) {
      const { connectTimeout } = this.#limits;
      pools = {
        own: createPool(ownConnector(isOwnAddress, connectTimeout, tls), concurrency, this.#limits),
        granted: createPool(guardedConnector(isPublicAddress, connectTimeout), concurrency, this.#limits),
        users: 0,
        expiry: undefined,
      };
      instance.revisions.set(revision, pools);
    }
    return pools;
  }

  #expire(instanceId: string, instance: Instance, revision: number | string, pools: Pools): void {
    pools.expiry = setTimeout(() => {
      instance.revisions.delete(revision);
      if (instance.revisions.size === 0) this.#instances.delete(instanceId);
      void pools.own.agent.destroy();
      void pools.granted.agent.destroy();
    }, POOL_IDLE).unref();
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function createPool(connect: buildConnector.connector, connections: number, limits: Limits['gateway']): GuardedPool {
  const agent = new Agent({
    connections,
    // One socket per request: giving one up closes its socket, and pausing one holds nobody else up.
    allowH2: false,
    connect,
    maxHeaderSize: limits.headerBytes,
    // Counts what is on the wire; `decompress` counts what comes out.
    maxResponseSize: limits.bodyBytes,
  });
  const decompress = interceptors.decompress({ skipErrorResponses: false, maxSize: limits.bodyBytes });
  return { agent, dispatcher: agent.compose(decompress) };
}
