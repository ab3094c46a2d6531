// Whoever is refused again and again has to wait: for each sender and instance, so that one does not stop another.
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';

type Sender = { readonly address: string; readonly instanceId: string };

export class SenderLimit {
  readonly #limits: Limits['routes'];
  readonly #refusals: LRUCache<string, number>;

  constructor(limits: Limits['routes'], clock: Clock) {
    this.#limits = limits;
    this.#refusals = new LRUCache({
      max: limits.senders,
      ttl: limits.refusalWindow,
      // The window starts with the first refusal and does not move.
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: clock,
    });
  }

  /** @throws Problem `rate_limited`. */
  assertMaySend(sender: Sender): void {
    const key = keyOf(sender);
    if ((this.#refusals.get(key) ?? 0) < this.#limits.refusals) return;
    throw new Problem('rate_limited', 'too many deliveries from this address were refused', {
      retryAfterMs: this.#refusals.getRemainingTTL(key),
    });
  }

  refused(sender: Sender): void {
    const key = keyOf(sender);
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }
}

function keyOf({ address, instanceId }: Sender): string {
  return `${networkOf(address)} ${instanceId}`;
}

/** Whoever has one IPv6 address has at least 2^64 of them. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
