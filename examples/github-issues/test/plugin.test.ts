import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPlugin, type OpenedPlugin } from '@jackfield/sdk/testing';
import { startSimulator, type Simulator } from '../simulator/main.ts';

let simulator: Simulator;
let plugin: OpenedPlugin;

before(async () => {
  simulator = await startSimulator();
  plugin = await openPlugin(new URL('..', import.meta.url), { config: simulator.config });
});
after(async () => {
  await plugin[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
});

const deliver = (action: string, issue: object, event = 'issues') =>
  plugin.route('webhook', { headers: { 'x-github-event': event }, body: { action, issue } });

test('the check names the repository, and a wrong token is refused', async () => {
  assert.equal((await plugin.check()).message, 'reads acme/shop');
  await assert.rejects(plugin.connect({ ...simulator.config, token: 'another one' }).check(), { code: 'auth_failed' });
});

test('every page of issues is read, without pull requests', async () => {
  const { rows, cursor, vendorCalls } = await plugin.stream('issues').read();
  assert.deepEqual(
    rows.map(({ number, state, author, labels }) => ({ number, state, author, labels })),
    [
      { number: 1, state: 'open', author: 'ada', labels: 'bug, cart' },
      { number: 2, state: 'open', author: 'grace', labels: '' },
      { number: 4, state: 'closed', author: 'ada', labels: '' },
      { number: 5, state: 'open', author: 'ada', labels: '' },
    ],
  );
  assert.equal(cursor, '2026-01-05T09:00:00Z');
  assert.equal(vendorCalls, 3);
});

test('the next read brings what has changed since', async () => {
  const { cursor } = await plugin.stream('issues').read();
  const old = simulator.issues.get(2);
  assert.ok(old);
  simulator.issues.set(2, { ...old, title: 'Much faster search', updated_at: '2026-01-06T09:00:00Z' });
  const { rows } = await plugin.stream('issues').read(cursor);
  assert.deepEqual(
    rows.map(({ title }) => title),
    ['Prices in other currencies', 'Much faster search'],
  );
});

test('a delivery changes one row, and a deleted or transferred issue is gone', async () => {
  const [edited] = (await deliver('edited', { ...simulator.issues.get(1), title: 'It forgets' })).changes;
  assert.equal(edited?.kind, 'upsert');
  assert.equal(edited?.rows[0]?.['title'], 'It forgets');
  for (const action of ['deleted', 'transferred']) {
    const { changes } = await deliver(action, { number: 1 });
    assert.deepEqual(
      changes.map(({ kind, reason, rows }) => ({ kind, reason, rows })),
      [{ kind: 'remove', reason: action, rows: [{ number: 1 }] }],
    );
  }
});

test('a ping changes nothing, and what is not signed is refused', async () => {
  assert.deepEqual((await deliver('', { number: 1 }, 'ping')).changes, []);
  await assert.rejects(plugin.route('webhook', { body: { action: 'edited' }, signed: false }));
});
