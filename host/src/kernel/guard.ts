// Taps are other people's code to whoever calls a hook: tapable stops at the first that throws, and waits for ever on one that
// hangs. A guarded tap fails under its own name and within its deadline.

/** What a tap threw, or that it hung. `tap` is its name: the plugin or the part that made it. */
export class TapError extends Error {
  readonly tap: string;

  constructor(tap: string, detail: string, cause?: unknown) {
    super(`${tap}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'TapError';
    this.tap = tap;
  }
}

/**
 * Wraps a tap so that its error names it, and a hang is cut after `deadline` milliseconds. Nothing stops the code that hangs:
 * its late answer is dropped.
 */
export function guardTap<A extends readonly unknown[], R>(
  name: string,
  deadline: number,
  fn: (...args: A) => R | PromiseLike<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await withinDeadline(deadline, async () => fn(...args));
    } catch (error) {
      if (error instanceof TapError) throw error;
      throw new TapError(name, error instanceof Error ? error.message : String(error), error);
    }
  };
}

/** What `work` gives, or an error when it takes more than `deadline` milliseconds. `work` is told by its signal. */
export function withinDeadline<T>(deadline: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error(`took more than ${deadline} ms`);
      reject(error);
      late.abort(error);
    }, deadline);
    void work(late.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
