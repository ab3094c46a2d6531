// How the process is: what its event loop is held up by, and how many threads it has.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Sandbox } from '../sandbox/index.ts';
import type { TelemetryLimits } from '../telemetry-limits.ts';

export interface Vitals {
  /** Milliseconds that something had to wait for the event loop, over the last minute or since somebody asked before it. */
  readonly eventLoop: {
    readonly windowSeconds: number;
    readonly delayMeanMs: number;
    readonly delayP99Ms: number;
    readonly delayMaxMs: number;
    /** Part of the time since the start in which it was busy, from 0 to 1. */
    readonly utilization: number;
  };
  readonly threads: { readonly sandbox: number };
  readonly memory: { readonly residentBytes: number; readonly heapUsedBytes: number; readonly externalBytes: number };
  readonly uptimeSeconds: number;
}

export interface VitalSigns {
  read(): Vitals;
  stop(): void;
}

export function createVitals(sandbox: Pick<Sandbox, 'threads'>, limits: TelemetryLimits): VitalSigns {
  const { loopSample: resolution, loopWindow } = limits;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  let since = performance.now();
  // The monitor counts its own interval.
  const inMs = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, Math.round(nanoseconds / 1e4) / 100 - resolution) : 0;
  return {
    read() {
      const { rss, heapUsed, external } = process.memoryUsage();
      const age = performance.now() - since;
      const eventLoop = {
        windowSeconds: Math.round(age / 1000),
        delayMeanMs: inMs(delay.mean),
        delayP99Ms: inMs(delay.percentile(99)),
        delayMaxMs: inMs(delay.max),
        utilization: Math.round(performance.eventLoopUtilization().utilization * 1000) / 1000,
      };
      // Not at every question: whoever asks often would hide what happened from everybody else.
      if (age > loopWindow) {
        delay.reset();
        since = performance.now();
      }
      return {
        eventLoop,
        threads: { sandbox: sandbox.threads() },
        memory: { residentBytes: rss, heapUsedBytes: heapUsed, externalBytes: external },
        uptimeSeconds: Math.round(process.uptime()),
      };
    },
    stop: () => delay.disable(),
  };
}
