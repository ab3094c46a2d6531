import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until there is an answer. @throws when there is none in time. */
export async function until<T>(ask: () => Promise<T | undefined>, deadline = 20_000): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`nothing came within ${deadline} ms`);
    await sleep(20);
  }
}
