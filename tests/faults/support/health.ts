export interface Health {
  /** Milliseconds. */
  readonly slowest: number;
  /** Of a hundred answers the second slowest: what else the machine does shows in single ones. */
  readonly p99: number;
}

/** Asks /healthz all along, and says how long the answers took. */
export function pollHealth(url: string): { stop(): Promise<Health> } {
  const ended = new AbortController();
  const polling = (async () => {
    const times: number[] = [];
    while (!ended.signal.aborted) {
      const startedAt = performance.now();
      const response = await fetch(`${url}/healthz`);
      if (response.status !== 200) throw new Error(`/healthz answered ${response.status}`);
      times.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    times.sort((a, b) => a - b);
    return { slowest: times.at(-1) ?? Infinity, p99: times[Math.floor(times.length * 0.99)] ?? Infinity };
  })();
  return {
    stop: () => {
      ended.abort();
      return polling;
    },
  };
}
