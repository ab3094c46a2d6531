import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import type { Api } from '../support/host.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';

const KILLS = FULL ? 20 : 2;
const WORKERS = 4;

/** What an instance may look like; null is: not there. */
type State = { readonly name: string; readonly revision: number; readonly secrets: readonly string[] } | null;
/** By id: the states that the acknowledgements so far allow. */
type Model = Map<string, readonly State[]>;

interface Step {
  readonly id: string;
  readonly send: (api: Api) => Promise<{ status: number }>;
  readonly before: State;
  readonly after: State;
}

function nextStep(model: Model, prefix: string, random: (below: number) => number): Step {
  const id = `${prefix}-${random(5)}`;
  const before = model.get(id)?.[0] ?? null;
  const name = `name ${random(1_000_000)}`;
  if (before === null) {
    const config = { baseUrl: 'https://desk.example', token: 'a-token-of-eight' };
    const send = (api: Api) => api.call('POST', '/api/instances', { id, plugin: 'desk', name, config });
    return { id, send, before, after: { name, revision: 1, secrets: ['token'] } };
  }
  if (random(3) === 0) return { id, send: (api) => api.call('DELETE', `/api/instances/${id}`), before, after: null };
  const secrets = random(2) === 0 ? ['token'] : ['spare', 'token'];
  const config = { spare: secrets.length === 2 ? 'a-second-secret' : null };
  const send = (api: Api) => api.call('PATCH', `/api/instances/${id}`, { name, config });
  return { id, send, before, after: { name, revision: before.revision + 1, secrets } };
}

/** Changes instances of its own, one after the other, until the host is gone. */
async function work(
  api: Api,
  model: Model,
  prefix: string,
  random: (below: number) => number,
  onAck: () => void,
): Promise<void> {
  for (;;) {
    const step = nextStep(model, prefix, random);
    model.set(step.id, [step.before, step.after]);
    let status: number;
    try {
      ({ status } = await step.send(api));
    } catch {
      return; // Killed before it answered: either state is right.
    }
    expect(status).toBeLessThan(300);
    model.set(step.id, [step.after]);
    onAck();
  }
}

async function readStates(api: Api): Promise<Map<string, State>> {
  const { body } = await api.call<{
    instances: { id: string; name: string; revision: number; secretsSet: string[] }[];
  }>('GET', '/api/instances');
  return new Map(
    body.instances.map(({ id, name, revision, secretsSet }) => [id, { name, revision, secrets: secretsSet }]),
  );
}

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(oneOf)('a host on $name', (database) => {
  test(
    `that is killed ${KILLS} times (seed ${SEED}) keeps every change that it acknowledged, and no half of one`,
    { timeout: KILLS * 30_000 + 30_000 },
    async () => {
      await using place = await database.open();
      const random = createRandom(SEED);
      const model: Model = new Map();
      let acknowledged = 0;
      for (let round = 0; round <= KILLS; round += 1) {
        await using running = await startHostProcess(place, { plugins: [desk] });
        const found = await readStates(running.api);
        for (const id of found.keys()) expect(model.has(id), id).toBe(true);
        for (const [id, allowed] of model) {
          expect(allowed, `${id} after kill ${round} of seed ${SEED}`).toContainEqual(found.get(id) ?? null);
          model.set(id, [found.get(id) ?? null]);
        }
        if (round === KILLS) break;
        const last = acknowledged + 10 + random(60);
        const wait = random(5);
        let killing: Promise<void> | undefined;
        const onAck = (): void => {
          acknowledged += 1;
          // A little later, so that it hits what comes next at any point.
          if (acknowledged >= last) killing ??= setTimeout(wait).then(() => void running.child.kill('SIGKILL'));
        };
        await Promise.all(
          Array.from({ length: WORKERS }, (_, worker) =>
            work(running.api, model, `w${worker}`, createRandom(random(1e9)), onAck),
          ),
        );
        expect(await running.exited).toEqual([null, 'SIGKILL']);
        expect(acknowledged).toBeGreaterThanOrEqual(last);
      }
    },
  );
});
