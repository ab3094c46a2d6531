// The bar of the sandbox: a healthy plugin beside ten hostile ones, on one host, over its REST API.
import { expect, test } from 'vitest';
import { oneOf } from '../support/databases.ts';
import { buildHostile, HOSTILE } from '../support/hostile.ts';
import { startTestHost, type Api } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { pollHealth } from './support/health.ts';

const ROUNDS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 10 : 1;
const HEALTHY_QUERIES = 200;
// Two loops keep both cores of a small machine busy until it passes; the others need a thread meanwhile.
const DEADLINE = 6000;

test.each(oneOf)(
  'on $name a healthy plugin answers 200 of 200 and /healthz stays under 250 ms beside ten hostile plugins',
  { timeout: 120_000 },
  async (database) => {
    await using place = await database.open();
    await using stack = new AsyncDisposableStack();
    const plugins: TestPlugin[] = [
      stack.use(await buildTestPlugin(queryPlugin('yield { n: params.n };', { name: 'healthy' }))),
    ];
    for (const [index, behaviour] of HOSTILE.entries()) {
      plugins.push(stack.use(await buildHostile(behaviour, `hostile-${index}`, DEADLINE)));
    }
    const { api, url } = stack.use(await startTestHost(place, { plugins, limits: { threadMemoryMb: 64 } }));
    await create(api, 'healthy', 'healthy');
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const index of HOSTILE.keys()) await create(api, `h${index}-${round}`, `hostile-${index}`);
    }

    const health = pollHealth(url);
    const ended = Promise.all(
      HOSTILE.map(async ({ code }, index) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const { body } = await api.call('POST', `/api/instances/h${index}-${round}/queries/q`, {});
          const { error = body } = body as { error?: Record<string, unknown> };
          expect({ index, code: error['code'] }).toEqual({ index, code });
        }
      }),
    );
    ended.catch(() => undefined);
    let answered = 0;
    for (let n = 0; n < HEALTHY_QUERIES; n += 1) {
      const { status, body } = await api.call('POST', '/api/instances/healthy/queries/q', { params: { n } });
      if (status === 200 && JSON.stringify(body['rows']) === JSON.stringify([{ n }])) answered += 1;
      // Spread over the time the hostile runs take, however fast this machine is.
      await new Promise((resolve) => setTimeout(resolve, (DEADLINE * ROUNDS) / HEALTHY_QUERIES));
    }
    const { slowest } = await health.stop();
    await ended;
    process.stdout.write(
      `healthy ${answered} of ${HEALTHY_QUERIES}, slowest /healthz ${Math.round(slowest)} ms, hostile runs ${HOSTILE.length * ROUNDS}\n`,
    );
    expect(answered).toBe(HEALTHY_QUERIES);
    expect(slowest).toBeLessThan(250);
  },
);

async function create(api: Api, id: string, plugin: string): Promise<void> {
  const { status } = await api.call('POST', '/api/instances', { id, plugin, name: id, config: {} });
  expect(status).toBe(201);
}
