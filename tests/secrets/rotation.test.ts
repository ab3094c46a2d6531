import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { HOST } from '../../host/src/access/index.ts';
import { readInstances } from '../../host/src/instances/rows.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { createVault, fixedKeys, loadMasterKeys, openVault } from '../../host/src/secrets/index.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { openFixture, problemOf } from '../instances/fixture.ts';
import {
  type DatabaseKind,
  embedded,
  oneOf,
  server,
  temporaryFolder,
  type TestDatabase,
} from '../support/databases.ts';
import { SHORT_LIVED } from '../support/host-process.ts';
import { silentLog } from '../support/log.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { until } from '../support/until.ts';
import { createRotor, fillCabinet, idOf, MASTER, OTHER, secretOf } from './cabinet.ts';

const COUNT = FULL ? 10_000 : 200;

const keysOf = ({ db }: Store) =>
  db.selectFrom('data_key').select(['id', 'state', 'client_id', 'master_key_id']).orderBy('id').execute();

/** Every secret in plain text, by instance. */
async function openAll(store: Store, keys: Parameters<typeof fixedKeys>[0]): Promise<Map<string, string>> {
  const vault = createVault(fixedKeys(keys));
  const rows = await readInstances(store.db);
  return new Map(
    rows.map(({ id, sealed }) => {
      const secret = sealed['apiToken'];
      return [id, secret === undefined ? '' : vault.open({ instanceId: id, field: 'apiToken' }, secret)];
    }),
  );
}

describe.each(oneOf)('a rotation on $name', (database) => {
  test(
    `gives ${COUNT} secrets new keys while they are read and changed (seed ${SEED})`,
    { timeout: FULL ? 1_500_000 : 240_000 },
    async () => {
      await using f = await openFixture(database);
      const { store } = f;
      const vault = createVault(fixedKeys([OTHER, MASTER]));
      await fillCabinet(store, createVault(fixedKeys([MASTER])), COUNT);
      const before = await keysOf(store);
      const instances = f.withKeys([OTHER, MASTER]);
      const expected = new Map(Array.from({ length: COUNT }, (_, n) => [idOf(n), secretOf(n)]));
      const random = createRandom(SEED);
      await using rotor = createRotor(store, vault, { batch: 20 });

      let reads = 0;
      const end = new AbortController();
      const reader = async (): Promise<void> => {
        do {
          const id = idOf(random(COUNT));
          const wanted = expected.get(id);
          const { secrets } = await instances.resolve(id);
          // Its writer may have been faster than the read.
          expect([wanted, expected.get(id)]).toContain(secrets[0]);
          reads += 1;
          await nextTurn();
        } while (!end.signal.aborted);
      };
      const writer = async (): Promise<void> => {
        for (let n = 1; !end.signal.aborted; n += 1) {
          await nextTurn();
          const id = idOf(random(COUNT));
          if (n % 2 === 0) await instances.update(id, { clientId: `c-${random(7)}` });
          else {
            const secret = `changed-${n}-while-it-runs`;
            await instances.update(id, { config: { apiToken: secret } });
            expected.set(id, secret);
          }
        }
      };
      const { id } = await rotor.rotation.begin({ dataKeys: true, masterKey: true }, HOST);
      const load = Promise.all([reader(), reader(), writer()]);
      const done = await rotor.done(id).finally(() => {
        end.abort();
      });
      await load;

      expect(reads).toBeGreaterThan(2);
      expect(done).toMatchObject({ dataKeys: true, masterKey: OTHER.id, failed: 0 });
      // Those that were changed meanwhile had no need of it.
      expect(done.done).toBeGreaterThan(COUNT / 4);
      expect(done.done).toBeLessThanOrEqual(done.total);
      expect(await openAll(store, [OTHER]), 'without the old master key').toEqual(expected);
      const after = await keysOf(store);
      expect(after.map(({ id }) => id).filter((id) => before.some((key) => key.id === id))).toEqual([]);
      expect(new Set(after.map(({ state, master_key_id }) => `${state} ${master_key_id}`))).toEqual(
        new Set([`current ${OTHER.id}`]),
      );
      for (const [action, after] of [
        ['keys.rotate', { dataKeys: true, masterKeyId: OTHER.id, total: done.total }],
        ['keys.rotated', { done: done.done, failed: 0 }],
      ] as const) {
        const { entries } = await rotor.audit.list({ limit: 10, action });
        expect(entries.map((entry) => [entry.entity.id, entry.after])).toEqual([[id, after]]);
      }
    },
  );

  test('that is killed goes on where it was, and everything is readable in between', { timeout: 900_000 }, async () => {
    await using place = await database.open();
    const count = FULL ? 10_000 : 60;
    const everything = new Map(Array.from({ length: count }, (_, n) => [idOf(n), secretOf(n)]));
    const open = (): Promise<Store> => openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    {
      await using store = await open();
      await fillCabinet(store, createVault(fixedKeys([MASTER])), count);
    }
    // Steps of five instances; what the killed one was about to do is not done.
    const kills = FULL ? ([400, 800, 600] as const) : ([3] as const);
    let progress = 0;
    for (const steps of kills) {
      progress += 5 * (steps - 1);
      expect(await rotateAndKill(place, steps)).toBe('SIGKILL');
      await using store = await open();
      expect(await openAll(store, [OTHER, MASTER])).toEqual(everything);
      const [row] = await store.db.selectFrom('key_rotation').selectAll().execute();
      expect(row).toMatchObject({ state: 'running', done: progress, failed: 0 });
    }
    await using store = await open();
    await using rotor = createRotor(store, createVault(fixedKeys([OTHER, MASTER])));
    await rotor.rotation.start();
    const done = await rotor.done();
    expect(done).toMatchObject({ failed: 0, dataKeys: true });
    expect(done.done).toBe(done.total);
    expect(await openAll(store, [OTHER])).toEqual(everything);
  });

  test('seals what older hosts sealed as soon as a host starts, and leaves what it cannot open', async () => {
    await using f = await openFixture(database);
    const { store } = f;
    const vault = createVault(fixedKeys([MASTER]));
    await fillCabinet(store, vault, 9);
    await store.db
      .updateTable('instance_secret')
      .set({ ciphertext: `v1.${MASTER.id}.damaged` })
      .where('instance_id', '=', idOf(3))
      .execute();
    await using rotor = createRotor(store, vault);
    await rotor.rotation.start();
    expect(await rotor.done()).toMatchObject({ total: 3, done: 2, failed: 1, dataKeys: false, masterKey: null });
    const rows = await store.db
      .selectFrom('instance_secret')
      .select(['instance_id', 'ciphertext'])
      .where('ciphertext', 'like', 'v1.%')
      .execute();
    expect(rows).toEqual([{ instance_id: idOf(3), ciphertext: `v1.${MASTER.id}.damaged` }]);
    expect((await f.instances.resolve(idOf(6))).secrets).toEqual([secretOf(6)]);
  });

  test('is one at a time', async () => {
    await using f = await openFixture(database);
    const vault = createVault(fixedKeys([MASTER]));
    await fillCabinet(f.store, vault, 10);
    await using rotor = createRotor(f.store, vault);
    const begun = await Promise.allSettled(
      [1, 2, 3].map(() => rotor.rotation.begin({ dataKeys: true, masterKey: false }, HOST)),
    );
    const refused = begun.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'conflict' } });
    await rotor.done();
  });
});

test('one that is begun while another takes a step waits for the step, and the step for nobody', async () => {
  await using f = await openFixture(server);
  const { db } = f.store;
  const vault = createVault(fixedKeys([MASTER]));
  await fillCabinet(f.store, vault, 2);
  await using rotor = createRotor(f.store, vault);
  await sql`insert into key_rotation (id, state, data_keys, total) values ('running', 'running', true, 2)`.execute(db);
  let begun: Promise<unknown> | undefined;
  await db.transaction().execute(async (step) => {
    await sql`update key_rotation set lease_until = now()`.execute(step);
    begun = rotor.rotation.begin({ dataKeys: true, masterKey: false }, HOST).catch((error: unknown) => error);
    await until(async () => {
      const { rows } = await sql`
        select 1 from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()`.execute(db);
      return rows.length > 0 ? true : undefined;
    });
    await sql`select 1 from data_key for update`.execute(step);
  });
  expect(await begun).toMatchObject({ code: 'conflict' });
});

describe('a new master key', () => {
  const openRotor = async (database: DatabaseKind, stack: AsyncDisposableStack) => {
    const { store } = stack.use(await openFixture(database));
    const { path: dataFolder } = stack.use(await temporaryFolder());
    const vault = await openVault({ store, dataFolder, log: silentLog });
    const { rotation, done } = stack.use(createRotor(store, vault));
    const begin = () => rotation.begin({ dataKeys: false, masterKey: true }, HOST);
    return { store, vault, dataFolder, done, begin };
  };

  test('is made by the host that has its database for itself, and takes the place of the old one in the file', async () => {
    await using stack = new AsyncDisposableStack();
    const { store, vault, dataFolder, done, begin } = await openRotor(embedded, stack);
    const first = vault.masterKeys.current.id;
    await done((await begin()).id);
    await expect.poll(() => vault.masterKeys.ids).toHaveLength(1);
    expect(vault.masterKeys.ids).not.toContain(first);
    expect((await loadMasterKeys({ dataFolder })).ids).toEqual(vault.masterKeys.ids);
    expect((await keysOf(store)).map(({ master_key_id }) => master_key_id)).toEqual(vault.masterKeys.ids);
  });

  test('comes from whoever runs the hosts that share a database', async () => {
    await using stack = new AsyncDisposableStack();
    const { vault, dataFolder, done, begin } = await openRotor(server, stack);
    const refused = await problemOf(begin());
    expect(refused.code).toBe('conflict');
    expect(refused.toDocument().next).toContain('master.key of every host');
    const file = join(dataFolder, 'master.key');
    const old = await readFile(file, 'utf8');
    await writeFile(file, `${Buffer.alloc(32, 8).toString('hex')}\n${old}`);
    expect(await done((await begin()).id)).toMatchObject({ masterKey: OTHER.id, failed: 0, done: 1 });
    expect(vault.masterKeys.ids, 'the old one stays in the file until somebody takes it out').toHaveLength(2);
  });
});

/** Rotates in a process of its own, and kills it in the middle of its n-th step. */
async function rotateAndKill({ dataFolder, databaseUrl }: TestDatabase, n: number): Promise<string | null> {
  const program = join(import.meta.dirname, 'rotator.ts');
  const url = databaseUrl === undefined ? [] : [databaseUrl];
  const child = spawn(
    process.execPath,
    [SHORT_LIVED, '--conditions=jackfield-source', program, String(n), dataFolder, ...url],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  for await (const _ of createInterface(child.stdout)) child.kill('SIGKILL');
  return (await exited)[1];
}
