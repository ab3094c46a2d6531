// Crashes are counted per plugin and instance. Enough of them in a window open the circuit: runs are refused for a while that
// doubles each time, then one is let through as a probe. A run that ends well closes the circuit.
import { Problem } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { CircuitEvent } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

interface Circuit {
  crashes: number[];
  openUntil: number;
  pause: number;
}

/** What one circuit is about. */
export type CircuitOf = Pick<CircuitEvent, 'plugin' | 'version' | 'instanceId'>;

export class Quarantine {
  readonly #circuits = new Map<string, Circuit>();
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #onChange: (event: CircuitEvent) => void;

  /** `onChange` is told when a circuit opens, each time that it does, and when it closes. */
  constructor(limits: Limits, clock: Clock, onChange: (event: CircuitEvent) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** @throws Problem `plugin_crashed` with the time to wait while the circuit is open. */
  assertClosed(of: CircuitOf): void {
    const { plugin, instanceId } = of;
    const circuit = this.#circuits.get(keyOf(of));
    const wait = (circuit?.openUntil ?? 0) - this.#clock.now();
    if (circuit === undefined || wait <= 0) return;
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
    const circuit = this.#circuits.get(key) ?? { crashes: [], openUntil: 0, pause: this.#limits.quarantineMin };
    this.#circuits.set(key, circuit);
    circuit.crashes = [...circuit.crashes.filter((at) => at > now - this.#limits.crashWindow), now];
    if (circuit.crashes.length < this.#limits.crashesToQuarantine) return;
    // One more crash after the pause opens it again at once.
    circuit.crashes = circuit.crashes.slice(1);
    circuit.openUntil = now + circuit.pause;
    this.#onChange({ ...of, pausedForMs: circuit.pause });
    circuit.pause = Math.min(circuit.pause * 2, this.#limits.quarantineMax);
  }

  worked(of: CircuitOf): void {
    const key = keyOf(of);
    if (!this.#circuits.get(key)?.openUntil) return;
    this.#circuits.delete(key);
    this.#onChange({ ...of, pausedForMs: null });
  }
}

function keyOf({ plugin, version, instanceId }: CircuitOf): string {
  return `${plugin}@${version}/${instanceId}`;
}
