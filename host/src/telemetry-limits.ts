// The part of limits.ts that is about measuring the host. Times are milliseconds.

export interface TelemetryLimits {
  /** Instances with series of their own in /metrics, those that ran last; each has five lines. */
  instances: number;
  /** Requests, and runs, that are counted at once: less than half a millisecond. Whoever scrapes finds them all counted. */
  counted: number;
  /** How often the delay of the event loop is sampled. */
  loopSample: number;
  /** How long a delay is seen by whoever asks: as often as a monitor looks. */
  loopWindow: number;
  /** Traces that begin here and are kept when nobody says which part of them: all of a busy host's would cost a query an eighth more. */
  tracesPerSecond: number;
  /** Runs whose calls of the vendor still find them after they have ended. */
  tracedRuns: number;
  /** Spans that wait to be sent, and those sent at once. More are dropped: a collector that is away costs no memory. */
  waitingSpans: number;
  spansPerRequest: number;
  /** How long a span waits for others to be sent with. */
  spanWait: number;
  /** How long the host waits for the collector when it stops. */
  flush: number;
}

export const telemetryLimits: TelemetryLimits = {
  instances: 2000,
  counted: 256,
  loopSample: 20,
  loopWindow: 60_000,
  tracesPerSecond: 20,
  tracedRuns: 10_000,
  waitingSpans: 4096,
  spansPerRequest: 512,
  spanWait: 5000,
  flush: 2000,
};
