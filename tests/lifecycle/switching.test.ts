// FAULTS 32: switched off and on in a loop while people ask. After it nothing of the plugin is left in any room.
import { expect, test } from 'vitest';
import { server } from '../support/databases.ts';
import { quietLimits, startTestHost } from '../support/host.ts';
import { FULL } from '../support/random.ts';
import { rested, startWeighedHost } from './footprint.ts';
import { buildRelease, carryOut, upload } from './releases.ts';

const CYCLES = FULL ? 500 : 2;
const WARM = FULL ? 100 : 1;
/** Of a host with a process of its own: in the process of the tests it would be theirs too. */
const GROWTH = 1.05;

test(
  `${CYCLES} times switched off and on under load, a plugin leaves nothing behind`,
  async () => {
    await using database = await server.open();
    await using release = await buildRelease('1.0.0');
    const limits = {
      pluginLoad: 120_000,
      threadIdle: 500,
      lifecycle: { ...quietLimits.lifecycle, watch: 0 },
    };
    await using running = FULL ? await startWeighedHost(database) : await startTestHost(database, { limits });
    const { api } = running;
    expect((await upload(api, release)).status).toBe(201);
    expect((await carryOut(api, { action: 'add', source: release.integrity })).state).toBe('done');
    const config = { hookSecret: 'a-secret-of-hooks', mode: 'acme' };
    const instance = { id: 'acme', name: 'Acme', plugin: 'shift', config };
    expect((await api.call('POST', '/api/instances', instance)).status).toBe(201);

    const answers = new Map<number, number>();
    let asked = 0;
    /** Switches it off and on while somebody asks. */
    const cycles = async (count: number): Promise<void> => {
      const over = new AbortController();
      const asking = (async () => {
        while (!over.signal.aborted) {
          const params = { n: (asked += 1) };
          const { status } = await api.call('POST', '/api/instances/acme/queries/which', { params });
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
      })();
      for (let index = 0; index < count; index += 1) {
        for (const action of ['disable', 'enable']) {
          expect(await carryOut(api, { action, plugin: 'shift' })).toMatchObject({ state: 'done' });
        }
      }
      over.abort();
      await asking;
    };
    const tapsOf = () => ('host' in running ? countTaps(running.host.hooks) : 0);

    await cycles(WARM);
    await rested(api);
    const taps = tapsOf();
    const before = 'footprint' in running ? await running.footprint() : undefined;
    await cycles(CYCLES);
    // It answered, or it was said to be switched off; nobody met anything else.
    expect(new Set(answers.keys())).toEqual(new Set([200, 404]));
    // The rooms tap once, whatever comes and goes.
    expect(tapsOf()).toBe(taps);
    await rested(api);
    const after = 'footprint' in running ? await running.footprint() : undefined;
    process.stderr.write(`${JSON.stringify({ before, after, answers: [...answers] })}\n`);
    expect(after?.threads).toBe(before?.threads);
    expect(after?.residentMb ?? 0).toBeLessThanOrEqual((before?.residentMb ?? 0) * GROWTH);

    expect(await carryOut(api, { action: 'disable', plugin: 'shift' })).toMatchObject({ state: 'done' });
    expect((await api.call<{ streams: unknown[] }>('GET', '/api/plugins/shift/streams')).body.streams).toEqual([]);
    const hook = await api.call('POST', '/api/instances/acme/routes/hook?secret=a-secret-of-hooks', { id: 'x' });
    expect(hook.status).toBe(403);
  },
  FULL ? 10_800_000 : 300_000,
);

function countTaps(hooks: object): number {
  return Object.values(hooks).reduce<number>((sum, hook: unknown) => {
    const { taps, for: forKind } = hook as { taps?: readonly unknown[]; for?: (kind: string) => { taps: unknown[] } };
    if (taps !== undefined) return sum + taps.length;
    if (forKind === undefined) return sum;
    const kinds = ['streams', 'queries', 'routes', 'widgets', 'jobs'];
    return sum + kinds.reduce((all, kind) => all + forKind.call(hook, kind).taps.length, 0);
  }, 0);
}
