// Instances that are remembered between queries: only as long as whoever changes them would be heard, and only what a change tells of.
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { FOR_EVERYBODY, onlyAsking } from '../../host/src/access/index.ts';
import { forgetWhatChanges, InstanceMemory } from '../../host/src/instances/memory.ts';
import { memoryLimits } from '../../host/src/memory-limits.ts';
import type { ResolvedInstance } from '../../host/src/instances/index.ts';
import { draftView, resolvedOf } from '../../host/src/instances/view.ts';
import { pluginVersion } from './fixture.ts';

const plugin = pluginVersion();
const parsed = { visible: {}, secrets: new Map<string, string>(), baseUrl: null };
function instance(changes: { secretReferences?: Record<string, string> } = {}, of = plugin): ResolvedInstance {
  const view = { ...draftView(of, new Date()), id: 'acme', ...changes };
  return resolvedOf(view, of, parsed, {});
}

function hearing(): InstanceMemory {
  const memory = new InstanceMemory(memoryLimits);
  memory.hear(true);
  return memory;
}

test('an instance is remembered until it changes, and others stay', async () => {
  const memory = hearing();
  const [acme, bolt] = [instance(), instance()];
  await memory.read('acme', async () => acme);
  await memory.read('bolt', async () => bolt);
  expect(memory.get('acme')).toBe(acme);
  memory.forget('acme');
  expect(memory.get('acme')).toBeUndefined();
  expect(memory.get('bolt')).toBe(bolt);
});

test('what was read while a change came in is answered once, and not remembered', async () => {
  const memory = hearing();
  const acme = instance();
  const read = memory.read('acme', async () => {
    memory.forget('acme');
    return acme;
  });
  expect(await read).toBe(acme);
  expect(memory.get('acme')).toBeUndefined();
});

test('a host that hears nothing remembers nothing, and not what it knew before', async () => {
  const memory = hearing();
  await memory.read('acme', async () => instance());
  memory.hear(false);
  expect(memory.get('acme')).toBeUndefined();
  await memory.read('acme', async () => instance());
  expect(memory.get('acme')).toBeUndefined();
  memory.hear(true);
  expect(memory.get('acme')).toBeUndefined();
});

test('secrets that change without a change of the instance are read each time', async () => {
  const memory = hearing();
  await memory.read('acme', async () => instance({ secretReferences: { token: 'file:/run/secrets/acme' } }));
  expect(memory.get('acme')).toBeUndefined();
  const auth = [{ type: 'oauth2', grant: 'refresh_token', tokenUrl: 'url', clientId: 'id', clientSecret: 'secret' }];
  const refreshing = pluginVersion({ auth: auth as never });
  await memory.read('acme', async () => instance({}, refreshing));
  expect(memory.get('acme')).toBeUndefined();
});

test('a request that may have changed anything makes it read anew, one that only asks does not', async () => {
  const memory = hearing();
  await memory.read('acme', async () => instance());
  const app = fastify();
  forgetWhatChanges(app, memory);
  app.all('/change', { config: FOR_EVERYBODY }, () => 'done');
  app.post('/ask', { config: onlyAsking(FOR_EVERYBODY) }, () => 'done');
  await app.inject({ method: 'POST', url: '/ask' });
  for (const method of ['GET', 'OPTIONS'] as const) await app.inject({ method, url: '/change' });
  expect(memory.get('acme')).toBeDefined();
  await app.inject({ method: 'DELETE', url: '/change' });
  expect(memory.get('acme')).toBeUndefined();
});
