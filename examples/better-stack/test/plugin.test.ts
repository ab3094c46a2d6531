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

test('the check passes, and a wrong token is refused', async () => {
  assert.equal((await plugin.check()).message, 'the token may read monitors');
  await assert.rejects(plugin.connect({ ...simulator.config, token: 'another one' }).check(), { code: 'auth_failed' });
});

test('monitors of every page come as rows', async () => {
  const { rows, vendorCalls } = await plugin.query('monitors');
  assert.deepEqual(
    rows.map(({ name, status, checked }) => ({ name, status, checked })),
    [
      { name: 'Shop', status: 'up', checked: '2026-01-05T09:30:00.000Z' },
      { name: 'API', status: 'down', checked: '2026-01-05T09:30:00.000Z' },
      { name: 'Status page', status: 'up', checked: null },
    ],
  );
  assert.equal(vendorCalls, 2);
});

test('incidents come since a day', async () => {
  assert.equal((await plugin.query('incidents')).rows.length, 2);
  const { rows } = await plugin.query('incidents', { from: '2026-01-04' });
  assert.deepEqual(
    rows.map(({ id, resolved }) => ({ id, resolved })),
    [{ id: '71', resolved: null }],
  );
});
