// What the open runs of one instance and revision share: the pools of sockets, and the instance's places.
import type { buildConnector, Dispatcher } from 'undici';
import type { Limits } from '../../limits.ts';
import type { Clock } from '../../clock.ts';
import type { Connection } from '../connection.ts';
import type { BreakerState, GateState, Pace } from '../gate-state.ts';
import { distrusting, guardedConnector, isOwnAddress, isPublicAddress, type AddressRule } from './address.ts';
import { tlsOptions } from './certificate.ts';
import type { Tunnels } from './tunnel.ts';
import { Gate } from './gate.ts';
import { fixedSignature, TokenSignature, type Signature } from './signature.ts';
import type { Tape } from './tape.ts';
import { createScope } from './target.ts';
import type { Scope, Target } from './target.ts';
import type { HeldExit } from './token-source.ts';
import type { TokenSources } from './token-sources.ts';
import { Trial } from './trial.ts';
import { Agent, decompress } from './undici.ts';

/** Dashboards refresh every few seconds: pools that nobody used for this long are closed. Idle sockets end earlier. */
const POOL_IDLE = 30_000;

/** The most that a plugin may ask for. */
const MOST_CONNECTIONS = 64;

export interface Wire {
  readonly scope: Scope;
  /** For one call on the base URL's origin. */
  sign(): Signature;
  readonly gate: Gate;
  /** Of the instance's credentials; undefined when it has none. */
  readonly trial: Trial | undefined;
  /** Set when calls are recorded or played. */
  readonly tape: Tape | undefined;
  dispatcherFor(target: Target): Dispatcher;
  /** When the certificate ends that the own origin has presented last; 0 when none was. */
  certificateEnds(): number;
  /** The run is over. */
  release(): void;
}

interface Pools {
  readonly own: GuardedPool;
  readonly granted: GuardedPool;
  users: number;
  certificateEnds: number;
  expiry: NodeJS.Timeout | undefined;
}

interface Instance {
  readonly gate: Gate;
  /** Of the revision that was asked for last. */
  trial: Trial | undefined;
  readonly revisions: Map<number | string, Pools>;
  /** Runs while it has no revisions. */
  expiry: NodeJS.Timeout | undefined;
}

interface GuardedPool {
  readonly agent: Agent;
  readonly dispatcher: Dispatcher;
}

export interface WiringParts {
  readonly limits: Limits['gateway'];
  readonly tokens: TokenSources;
  readonly clock: Clock;
  readonly tape: Tape | undefined;
  /** Set when calls go through a proxy. */
  readonly tunnels: Tunnels | undefined;
  /** Set when something stands in for every vendor. */
  readonly standIn: buildConnector.connector | undefined;
  readonly onBreaker: (instanceId: string, breaker: BreakerState) => void;
}

export class Wiring {
  readonly #parts: WiringParts;
  readonly #limits: Limits['gateway'];
  readonly #instances = new Map<string, Instance>();

  constructor(parts: WiringParts) {
    this.#parts = parts;
    this.#limits = parts.limits;
  }

  /** The state of an instance's gate after the change; null when it has none, and begins with the next run. */
  gate(instanceId: string, change?: Pace | 'reset'): GateState | null {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined) return null;
    const { gate, trial } = instance;
    if (change === 'reset') {
      gate.reset();
      trial?.reset();
    } else if (change !== undefined) {
      gate.resize(change);
    }
    const { state } = gate;
    return { ...state, queued: state.queued + (trial?.waiting ?? 0) };
  }

  connect(connection: Connection): Wire {
    const { instanceId, revision, credentials } = connection;
    const concurrency = connection.concurrency ?? this.#limits.concurrency;
    const instance = this.#instanceFor(instanceId, { concurrency, rate: connection.rate ?? null });
    const pools = this.#poolsFor(instance, connection);
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
    const certificateEnds = (): number => pools.certificateEnds;
    const trial = credentials === null ? undefined : this.#trialOf(instance, revision);
    const common = { scope, dispatcherFor, certificateEnds, gate: instance.gate, trial, tape: this.#parts.tape };
    if (credentials?.type !== 'oauth2') {
      return { ...common, sign: () => fixedSignature(credentials), release: run.release };
    }
    const { source, release } = this.#parts.tokens.take(connection, credentials);
    return {
      ...common,
      sign: () => new TokenSignature(source, hold),
      release: once(() => {
        release();
        run.release();
      }),
    };
  }

  #instanceFor(instanceId: string, pace: Pace): Instance {
    let instance = this.#instances.get(instanceId);
    if (instance === undefined) {
      const { limits, clock, onBreaker } = this.#parts;
      const gate = new Gate({ limits, clock, pace, onBreaker: (state) => onBreaker(instanceId, state) });
      instance = { gate, trial: undefined, revisions: new Map(), expiry: undefined };
      this.#instances.set(instanceId, instance);
    } else {
      instance.gate.resize(pace);
    }
    clearTimeout(instance.expiry);
    return instance;
  }

  /** It outlives the sockets: what is known of the credentials stays known while the instance is asked now and then. */
  #trialOf(instance: Instance, revision: number | string): Trial {
    if (instance.trial?.revision !== revision) instance.trial = new Trial(revision, this.#parts);
    return instance.trial;
  }

  #poolsFor(instance: Instance, { revision, tls, clientCertificate }: Connection): Pools {
    let pools = instance.revisions.get(revision);
    const { standIn } = this.#parts;
    if (pools === undefined) {
      const onCertificate = (ends: number): void => {
        made.certificateEnds = ends;
      };
      const own = this.#connector(isOwnAddress, tlsOptions(tls, clientCertificate));
      const made: Pools = {
        own: createPool(standIn ?? distrusting(own, tls, onCertificate), this.#limits),
        granted: createPool(standIn ?? this.#connector(isPublicAddress, {}), this.#limits),
        users: 0,
        certificateEnds: 0,
        expiry: undefined,
      };
      pools = made;
      instance.revisions.set(revision, pools);
    }
    return pools;
  }

  #connector(allowed: AddressRule, tls: buildConnector.BuildOptions): buildConnector.connector {
    const direct = guardedConnector(allowed, this.#limits.connectTimeout, undefined, tls);
    return this.#parts.tunnels?.through(allowed, direct, tls) ?? direct;
  }

  #expire(instanceId: string, instance: Instance, revision: number | string, pools: Pools): void {
    pools.expiry = setTimeout(() => {
      instance.revisions.delete(revision);
      if (instance.revisions.size === 0) this.#forget(instanceId, instance);
      void pools.own.agent.destroy();
      void pools.granted.agent.destroy();
    }, POOL_IDLE).unref();
  }

  /** A vendor that is asked every few minutes must not look new each time. */
  #forget(instanceId: string, instance: Instance): void {
    instance.expiry = setTimeout(() => this.#instances.delete(instanceId), this.#limits.gateKept).unref();
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function createPool(connect: buildConnector.connector, limits: Limits['gateway']): GuardedPool {
  const agent = new Agent({
    // The gate keeps to the concurrency, which may change while the pool lives.
    connections: MOST_CONNECTIONS,
    // One socket per request: giving one up closes its socket, and pausing one holds nobody else up.
    allowH2: false,
    connect,
    maxHeaderSize: limits.headerBytes,
    // Counts what is on the wire; `decompress` counts what comes out.
    maxResponseSize: limits.bodyBytes,
  });
  const unpacked = decompress({ skipErrorResponses: false, maxSize: limits.bodyBytes });
  return { agent, dispatcher: agent.compose(unpacked) };
}
