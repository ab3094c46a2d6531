import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../host/src/clock.ts';
import {
  type ConfigMigrations,
  createConfigMigrations,
  type InstanceMirror,
  type MigrationReport,
} from '../../host/src/instances/index.ts';
import type { PluginVersion } from '../../host/src/kernel/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { createSandbox, type Sandbox } from '../../host/src/sandbox/index.ts';
import { createMasterKey, createReferences, createVault, fixedKeys } from '../../host/src/secrets/index.ts';
import { oneOf, server } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { buildCabinet, buildStricter, buildWrong, type Way } from './cabinet-plugin.ts';
import { type Fixture, openFixture, problemOf } from './fixture.ts';

const CANARY = 'canary-4c1b';
const config = { url: 'https://acme.example/api', login: `bot:${CANARY}`, hookSecret: `${CANARY}-hook` };
const create = { plugin: 'cabinet', name: 'Acme', config };

const built: TestPlugin[] = [];
let sandbox: Sandbox;
let v1: PluginVersion;
let v2: PluginVersion;
let v3: PluginVersion;
let wrong: PluginVersion;
let stricter: PluginVersion;

beforeAll(async () => {
  sandbox = createSandbox({ limits: defaultLimits, clock: systemClock, log: silentLog });
  const builds = [buildCabinet(1), buildCabinet(2), buildCabinet(3), buildWrong(), buildStricter()];
  built.push(...(await Promise.all(builds)));
  [v1, v2, v3, wrong, stricter] = built.map(({ version }) => version) as [
    ...[PluginVersion, PluginVersion, PluginVersion, PluginVersion, PluginVersion],
  ];
});
afterAll(async () => {
  await sandbox.stop();
  await Promise.all(built.map((plugin) => plugin[Symbol.asyncDispose]()));
});

interface Cabinet extends Fixture {
  readonly migrations: ConfigMigrations;
  /** Configs that went through a plugin's code. */
  runs: number;
  readonly mirrored: Parameters<InstanceMirror['wrote']>[1][];
  flip(from: PluginVersion, to: PluginVersion): Promise<MigrationReport>;
}

async function openCabinet(database = server, limits = defaultLimits): Promise<Cabinet> {
  const references = { envPrefix: 'LOGIN_', env: { LOGIN_ACME: `elsewhere:${CANARY}` } };
  const fixture = await openFixture(database, { references });
  fixture.plugins.set('cabinet', v1);
  const mirrored: Cabinet['mirrored'] = [];
  const migrations = createConfigMigrations({
    ...fixture,
    vault: createVault(fixedKeys([createMasterKey(Buffer.alloc(32, 7))])),
    references: createReferences(references),
    sandbox: {
      run(request) {
        cabinet.runs += 1;
        return sandbox.run(request);
      },
    },
    clock: { now: () => fixture.time },
    limits,
    mirror: { begin: async () => undefined, wrote: async (_trx, write) => void mirrored.push(write) },
  });
  const cabinet: Cabinet = Object.assign(fixture, {
    migrations,
    runs: 0,
    mirrored,
    async flip(from: PluginVersion, to: PluginVersion) {
      const change = fixture.store.db.transaction().execute((trx) => migrations.apply(trx, { from, to }));
      const { report, written } = await change;
      fixture.plugins.set('cabinet', to);
      for (const one of written) await fixture.instances.announce(one);
      return report;
    },
  });
  return cabinet;
}

const secretsOf = async (f: Fixture, id: string) => Object.fromEntries((await f.instances.resolve(id)).secretFields);

describe.each(oneOf)('an upgrade on $name', (database) => {
  test('says before it what would change in each instance, without a value and without a write', async () => {
    await using f = await openCabinet(database);
    const { id } = await f.instances.create(create);
    const before = await f.instances.get(id);
    const report = await f.migrations.dryRun({ from: v1, to: v3 });
    expect(report).toEqual({
      plugin: 'cabinet',
      from: '1.0.0',
      to: '3.0.0',
      ok: true,
      instances: [
        {
          ...{ instanceId: id, name: 'Acme', clientId: null, enabled: true, outcome: 'migrated', from: 1, to: 3 },
          changes: [
            { pointer: '/account', kind: 'added', from: ['/login'], secret: true },
            { pointer: '/baseUrl', kind: 'renamed', from: ['/url'] },
            { pointer: '/key', kind: 'added', from: ['/login'], secret: true },
            { pointer: '/timeoutMs', kind: 'added' },
            { pointer: '/timeoutSeconds', kind: 'removed' },
            { pointer: '/webhook', kind: 'renamed', from: ['/hookSecret'], secret: true },
          ],
        },
      ],
    });
    expect(await f.instances.get(id)).toEqual(before);
  });

  test('takes config and secrets along step by step, and a rollback brings them back as they were', async () => {
    await using f = await openCabinet(database);
    const { id } = await f.instances.create(create);
    const [before, secrets] = [await f.instances.get(id), await secretsOf(f, id)];
    f.time += 1000;
    await f.flip(v1, v3);
    const after = await f.instances.get(id);
    expect(after).toMatchObject({
      config: { baseUrl: config.url, timeoutMs: 30_000 },
      secretsSet: ['account', 'key', 'webhook'],
      ...{ configVersion: 3, revision: 2, updatedAt: '2026-01-02T00:00:01.000Z' },
    });
    expect(await secretsOf(f, id)).toEqual({ account: 'bot', key: CANARY, webhook: `${CANARY}-hook` });
    expect(f.mirrored).toMatchObject([{ before, after, plugin: { manifest: { version: '3.0.0' } } }]);
    expect(f.events.at(-1)).toEqual({ kind: 'updated', id, plugin: 'cabinet' });
    await f.flip(v3, v1);
    expect(await f.instances.get(id)).toEqual({ ...before, revision: 3, updatedAt: after.updatedAt });
    expect(await secretsOf(f, id)).toEqual(secrets);
    const { entries } = await f.audit.list({ limit: 10, action: 'instance.migrate' });
    expect(entries.map((entry) => [entry.before, entry.after])).toMatchObject([
      [{ configVersion: 3 }, { configVersion: 1 }],
      [{ configVersion: 1 }, { configVersion: 3, config: { baseUrl: config.url } }],
    ]);
    expect(JSON.stringify(entries)).not.toContain(CANARY);
  });

  test('migrates an instance that was changed after the dry run as it is then, and no other again', async () => {
    await using f = await openCabinet(database);
    const { id } = await f.instances.create(create);
    const other = await f.instances.create({ ...create, name: 'Other' });
    await f.migrations.dryRun({ from: v1, to: v2 });
    expect(f.runs).toBe(2);
    await f.instances.update(id, { config: { timeoutSeconds: 5, login: `new:${CANARY}-2` } });
    await f.flip(v1, v2);
    expect(f.runs).toBe(3);
    expect((await f.instances.get(id)).config).toMatchObject({ timeoutSeconds: 5 });
    expect(await secretsOf(f, id)).toMatchObject({ account: 'new', key: `${CANARY}-2` });
    expect(await f.instances.get(other.id)).toMatchObject({ configVersion: 2, revision: 2 });
    const again = await f.flip(v1, v2);
    expect([again.ok, again.instances.map(({ outcome }) => outcome)]).toEqual([true, ['unchanged', 'unchanged']]);
    expect(await f.instances.get(other.id)).toMatchObject({ revision: 2 });
  });

  test('that one instance cannot follow changes no instance, and says which and why', async () => {
    await using f = await openCabinet(database);
    const sound = await f.instances.create(create);
    await f.instances.create({ ...create, name: 'Odd', id: 'odd', config: { ...config, login: CANARY } });
    const report = await f.migrations.dryRun({ from: v1, to: v2 });
    expect(report.ok).toBe(false);
    const message = 'is cut at ":", which the stored secret does not have';
    expect(report.instances.find(({ instanceId }) => instanceId === 'odd')).toMatchObject({
      outcome: 'failed',
      problem: {
        errors: [
          { pointer: '/config/account', message },
          { pointer: '/config/key', message },
        ],
      },
    });
    const problem = await problemOf(f.flip(v1, v2));
    expect([problem.code, problem.options.instanceId]).toEqual(['conflict', 'odd']);
    expect(problem.message).toContain('cannot go along to version 2.0.0');
    expect(await f.instances.get(sound.id)).toMatchObject({ configVersion: 1, revision: 1 });
    expect(JSON.stringify([report, problem.toDocument()])).not.toContain(CANARY);
  });
});

describe('a migration', () => {
  const going = (way: Way): typeof create => ({ ...create, config: { ...config, labels: { way } } as typeof config });

  describe('that is wrong', () => {
    const outcomes = new Map<string, MigrationReport['instances'][number]>();
    beforeAll(async () => {
      await using f = await openCabinet();
      const ways: readonly Way[] = [...TELLING, ...FAILING].map(([, way]) => way);
      for (const way of ways) await f.instances.create({ ...going(way), id: way });
      const { instances } = await f.migrations.dryRun({ from: v1, to: wrong });
      for (const found of instances) outcomes.set(found.instanceId, found);
    });

    const TELLING = [
      ['tells what it sees', 'tells', 'threw Error: ['],
      ['makes a text of it', 'spells', 'a secret is used as a text'],
      ['puts it into something that is shown', 'nests', 'a secret is used as a text'],
      ['moves it to a field that is shown', 'shows', 'would show the secret of login: only a secret field takes one'],
      ['has it sent elsewhere', 'carries', 'where the stored secret has never been sent'],
      ['has it sent to who looks alike', 'resembles', 'where the stored secret has never been sent'],
    ] as const;
    test.each(TELLING)('that %s has no secret, and fails', (_what, way, reason) => {
      const text = JSON.stringify(outcomes.get(way));
      expect(outcomes.get(way)?.outcome).toBe('failed');
      expect(text).toContain(reason);
      expect(text).not.toContain(CANARY);
    });

    const FAILING = [
      ['throws', 'throws', 'the step from 1 to 2 threw TypeError: Cannot read properties of undefined'],
      ['changes what it was given', 'mutates', 'threw TypeError: Cannot add property a'],
      ['promises', 'promises', 'the step from 1 to 2 must return the config, not a promise of it'],
      ['gives nothing', 'nothing', 'the step from 1 to 2 must return the config, an object'],
      ['ends its thread', 'exits', 'ended its thread'],
      ['makes a config that is not valid', 'invalid', '/config/timeoutSeconds'],
      ['makes one that is not JSON', 'big', 'BigInt'],
      ['hides a prototype', 'prototype', 'is not allowed'],
    ] as const;
    test.each(FAILING)('in that it %s fails its instance, and says so', (_what, way, reason) => {
      expect(outcomes.get(way)?.outcome).toBe('failed');
      expect(JSON.stringify(outcomes.get(way)?.problem)).toContain(reason);
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
    });
  });

  test('that never ends is ended', async () => {
    const limits = { ...defaultLimits, configMigrations: { ...defaultLimits.configMigrations, deadline: 1000 } };
    await using f = await openCabinet(server, limits);
    await f.instances.create(going('endless'));
    const { instances } = await f.migrations.dryRun({ from: v1, to: wrong });
    expect(instances).toMatchObject([{ outcome: 'failed', problem: { code: 'timeout' } }]);
  });

  test('takes the place of a secret that is kept elsewhere along, and does not make another of it', async () => {
    await using f = await openCabinet();
    const sent = { ...going('moves').config, login: { reference: 'env:LOGIN_ACME' } };
    const { id } = await f.instances.create({ ...create, config: sent }, { role: 'admin' });
    const cut = await f.migrations.dryRun({ from: v1, to: v2 });
    expect(JSON.stringify(cut.instances)).toContain('which is kept elsewhere and can only be moved');
    await f.flip(v1, wrong);
    const reference = 'env:LOGIN_ACME';
    expect((await f.instances.get(id)).secretReferences).toEqual({ account: reference, key: reference });
    expect(await secretsOf(f, id)).toMatchObject({ key: `elsewhere:${CANARY}` });
  });

  test('that fails for an instance that does not work anyway holds nobody up, and leaves it as it is', async () => {
    await using f = await openCabinet();
    const { id } = await f.instances.create(create);
    const sound = await f.instances.create({ ...going('moves'), name: 'Sound' });
    // Its config was valid for a release before.
    await f.store.db.updateTable('instance').set({ config: '{"url":7}' }).where('id', '=', id).execute();
    const { ok, instances } = await f.flip(v1, wrong);
    expect([ok, instances.map(({ outcome }) => outcome)]).toEqual([true, ['left', 'migrated']]);
    expect((await f.instances.get(id)).configVersion).toBe(1);
    expect((await f.instances.get(sound.id)).configVersion).toBe(2);
  });

  test('is not needed where the version is the same, but the config must be valid all the same', async () => {
    await using f = await openCabinet();
    const { id } = await f.instances.create(create);
    const { ok, instances } = await f.migrations.dryRun({ from: v1, to: stricter });
    expect([ok, instances[0]?.outcome, instances[0]?.problem?.errors]).toEqual([
      false,
      'failed',
      [{ pointer: '/config/labels', message: 'is required' }],
    ]);
    await f.instances.update(id, { config: { labels: { a: 'b' } } });
    expect(await f.migrations.dryRun({ from: v1, to: stricter })).toMatchObject({
      ok: true,
      instances: [{ outcome: 'unchanged', changes: [] }],
    });
    expect(f.runs).toBe(0);
  });

  test('that no release has is named', async () => {
    await using f = await openCabinet();
    f.plugins.set('cabinet', v3);
    await f.instances.create({ ...create, config: { baseUrl: config.url, account: 'bot', key: CANARY } });
    const report = await f.migrations.dryRun({ from: undefined, to: v2 });
    expect(report).toMatchObject({ ok: true, instances: [{ outcome: 'left' }] });
    expect(report.instances[0]?.problem?.detail).toBe(
      'plugin "cabinet" 2.0.0 cannot take a config from version 3 to 2',
    );
  });

  test('can be tried out: the instance as it would be is ready to be checked, under an id of its own', async () => {
    await using f = await openCabinet();
    const { id } = await f.instances.create(create);
    const { view, plugin, connection, secretFields } = await f.migrations.trial(id, { from: v1, to: v2 });
    expect([view.id.startsWith('draft:'), view.name, plugin]).toEqual([true, 'Acme', v2]);
    expect(connection).toMatchObject({
      baseUrl: config.url,
      credentials: { type: 'bearer', token: CANARY },
      instanceId: view.id,
    });
    expect(Object.fromEntries(secretFields)).toMatchObject({ account: 'bot' });
    expect(await f.instances.get(id)).toMatchObject({ configVersion: 1, revision: 1 });
  });
});
