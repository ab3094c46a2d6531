// What the runs of each instance came to. Only so many have series: a host with thousands would drown whoever scrapes it.
import { LRUCache } from 'lru-cache';
import type { RunInfo, RunReport } from '../kernel/index.ts';

export interface Tally {
  readonly plugin: string;
  readonly instance: string;
  ok: number;
  failed: number;
  rows: number;
  vendorCalls: number;
  vendorWaitMs: number;
}

export class InstanceTallies {
  readonly #tallies: LRUCache<string, Tally>;

  constructor(max: number) {
    this.#tallies = new LRUCache({ max });
  }

  add(run: RunInfo, report: RunReport): void {
    let tally = this.#tallies.get(run.instanceId);
    if (tally === undefined) {
      tally = {
        plugin: run.plugin,
        instance: run.instanceId,
        ok: 0,
        failed: 0,
        rows: 0,
        vendorCalls: 0,
        vendorWaitMs: 0,
      };
      this.#tallies.set(run.instanceId, tally);
    }
    tally[report.ok ? 'ok' : 'failed']++;
    tally.rows += report.rows;
    tally.vendorCalls += report.vendorCalls;
    tally.vendorWaitMs += report.vendorWaitMs;
  }

  forget(instanceId: string): void {
    this.#tallies.delete(instanceId);
  }

  all(): Iterable<Tally> {
    return this.#tallies.values();
  }
}
