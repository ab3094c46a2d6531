/**
 * Makes `work` run one at a time. Whoever calls while it runs gets a run that begins after it, shared with all others who called
 * meanwhile: what they changed before they asked is seen.
 */
export function turnstile<T>(work: () => Promise<T>): { run(): Promise<T>; idle(): Promise<void> } {
  let running: Promise<T> | undefined;
  let queued: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  const afterwards = async (before: Promise<T>): Promise<T> => {
    await before.catch(() => undefined);
    queued = undefined;
    return begin();
  };
  return {
    run: () => (running === undefined ? begin() : (queued ??= afterwards(running))),
    idle: async () => void (await Promise.allSettled([running, queued])),
  };
}
