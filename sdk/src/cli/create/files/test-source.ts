// test/plugin.test.ts of a new package: the plugin in a host's sandbox, asking the simulator.
import type { Answers } from '../answers.ts';
import { SIGN_IN_TEXTS } from './sign-ins.ts';

export function testSource({ signIn }: Answers): string {
  const secret = SIGN_IN_TEXTS[signIn].fields.find(({ secret }) => secret)?.name;
  const refused =
    secret === undefined
      ? ''
      : `
test('a wrong ${secret} is refused', async () => {
  const stranger = plugin.connect({ ...simulator.config, ${secret}: 'another one' });
  await assert.rejects(stranger.check(), { code: 'auth_failed' });
});
`;
  return `import assert from 'node:assert/strict';
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

test('the check says who is signed in', async () => {
  const { message } = await plugin.check();
  assert.match(message, /^signed in as .+ reader$/);
});
${refused}
test('open items come as rows, closed ones do not', async () => {
  const { rows } = await plugin.query('open_items');
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['A-1', 'A-2'],
  );
});

test('the vendor is asked for one severity', async () => {
  const { rows, vendorCalls } = await plugin.query('open_items', { severity: 'high' });
  assert.deepEqual(rows.map(({ id }) => id), ['A-1']);
  assert.equal(vendorCalls, 1);
});
`;
}
