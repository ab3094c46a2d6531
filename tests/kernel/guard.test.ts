import { AsyncSeriesHook } from 'tapable';
import { describe, expect, it } from 'vitest';
import { guardTap, TapError, withinDeadline } from '../../host/src/kernel/index.ts';

const never = (): Promise<void> => new Promise(() => {});

describe('a guarded tap', () => {
  it('passes arguments and result through', async () => {
    expect(await guardTap('jira/queries', 1000, (a: number, b: number) => a + b)(2, 3)).toBe(5);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('that %s fails under its name', async (_what, fn) => {
    await expect(guardTap('jira/queries', 1000, fn)()).rejects.toMatchObject({
      name: 'TapError',
      tap: 'jira/queries',
      message: 'jira/queries: boom',
    });
  });

  it('that hangs fails under its name when its deadline has passed, and its hook goes on to answer', async () => {
    const hook = new AsyncSeriesHook<[]>();
    hook.tapPromise('slow', guardTap('acme/slow', 30, never));
    await expect(hook.promise()).rejects.toThrow('acme/slow: took more than 30 ms');
  });

  it('keeps the name of the tap that failed inside another one', async () => {
    const inner = guardTap('inner', 1000, () => {
      throw new Error('boom');
    });
    const failure = await guardTap('outer', 1000, inner)().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TapError);
    expect(failure).toMatchObject({ tap: 'inner' });
  });
});

describe('work with a deadline', () => {
  it('is told by its signal that it is late', async () => {
    let told: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<void> => {
      told = signal;
      return never();
    };
    await expect(withinDeadline(20, work)).rejects.toThrow('took more than 20 ms');
    expect(told?.aborted).toBe(true);
  });
});
