// Crashes are counted per plugin and instance. Enough of them in a window open the circuit: runs are refused for a while that
// doubles each time, then they are let through again as probes. One that was let in after the circuit opened and ends well closes it.
import { Problem } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { CircuitEvent } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

interface Circuit {
  crashes: number[];
  openUntil: number;
  pause: number;
  /** Which opening of all circuits its last one was; 0 before the first. */
  opening: number;
}

/** What one circuit is about. */
export type CircuitOf = Pick<CircuitEvent, 'plugin' | 'version' | 'instanceId'>;

export class Quarantine {
  readonly #circuits = new Map<string, Circuit>();
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #onChange: (event: CircuitEvent) => void;
  #openings = 0;

  /** `onChange` is told when a circuit opens, each time that it does, and when it closes. */
  constructor(limits: Limits, clock: Clock, onChange: (event: CircuitEvent) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /**
   * Lets a run in. The answer says when, for {@link worked}.
   * @throws Problem `plugin_crashed` with the time to wait while the circuit is open.
   */
  enter(of: CircuitOf): number {
    const { plugin, instanceId } = of;
    const wait = (this.#circuits.get(keyOf(of))?.openUntil ?? 0) - this.#clock.now();
    if (wait <= 0) return this.#openings;
    throw new Problem(
      'plugin_crashed',
      `plugin "${plugin}" crashed ${this.#limits.crashesToQuarantine} times in a short while on instance "${instanceId}" and is paused`,
      {
        retryAfterMs: wait,
        plugin,
        instanceId,
        next: 'Wait for the pause to end; look up the crashes in the host log before that.',
      },
    );
  }

  crashed(of: CircuitOf): void {
    const key = keyOf(of);
    const now = this.#clock.now();
    const circuit = this.#circuits.get(key) ?? {
      crashes: [],
      openUntil: 0,
      pause: this.#limits.quarantineMin,
      opening: 0,
    };
    this.#circuits.set(key, circuit);
    circuit.crashes = [...circuit.crashes.filter((at) => at > now - this.#limits.crashWindow), now];
    if (circuit.crashes.length < this.#limits.crashesToQuarantine) return;
    // One more crash after the pause opens it again at once.
    circuit.crashes = circuit.crashes.slice(1);
    circuit.openUntil = now + circuit.pause;
    circuit.opening = this.#openings += 1;
    this.#onChange({ ...of, pausedForMs: circuit.pause });
    circuit.pause = Math.min(circuit.pause * 2, this.#limits.quarantineMax);
  }

  /** A run that was let in before the crashes says nothing about them. */
  worked(of: CircuitOf, entered: number): void {
    const key = keyOf(of);
    const opening = this.#circuits.get(key)?.opening ?? 0;
    if (opening === 0 || opening > entered) return;
    this.#circuits.delete(key);
    this.#onChange({ ...of, pausedForMs: null });
  }
}

function keyOf({ plugin, version, instanceId }: CircuitOf): string {
  return `${plugin}@${version}/${instanceId}`;
}
