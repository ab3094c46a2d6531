// Instances as they were a moment ago: not when they have secrets that change by themselves, and not those of another version.
import { expect, test } from 'vitest';
import { remember } from '../../host/src/instances/remembered.ts';
import type { Instances, ResolvedInstance } from '../../host/src/instances/index.ts';
import { draftView, resolvedOf } from '../../host/src/instances/view.ts';
import { Memories } from '../../host/src/memory.ts';
import { memoryLimits } from '../../host/src/memory-limits.ts';
import { pluginVersion } from './fixture.ts';

const parsed = { visible: {}, secrets: new Map<string, string>(), baseUrl: null };
const refreshing = pluginVersion({
  auth: [{ type: 'oauth2', grant: 'refresh_token', tokenUrl: 'url', clientId: 'id', clientSecret: 'secret' }] as never,
});

function remembering(of = pluginVersion(), changes: { secretReferences?: Record<string, string> } = {}) {
  let reads = 0;
  let active = of;
  const view = () => ({ ...draftView(active, new Date()), id: 'acme', ...changes });
  const resolve = async (): Promise<ResolvedInstance> => {
    reads += 1;
    return resolvedOf(view(), active, parsed, {});
  };
  const list: Instances['list'] = async () => {
    reads += 1;
    return [view()];
  };
  const memories = new Memories(memoryLimits);
  const remembered = remember({ memories, limits: memoryLimits, plugins: { find: () => active }, resolve, list });
  memories.hear(true);
  return {
    ...remembered,
    memories,
    reads: () => reads,
    upgrade: () => {
      active = pluginVersion();
    },
  };
}

test('an instance is the same object until it or its plugin is another', async () => {
  const it = remembering();
  const acme = await it.recall('acme');
  expect(await it.recall('acme')).toBe(acme);
  expect(it.remembers(acme)).toBe(true);
  it.upgrade();
  expect(it.remembers(acme)).toBe(false);
  const upgraded = await it.recall('acme');
  expect(upgraded).not.toBe(acme);
  it.memories.forget({ kind: 'instance', id: 'acme' });
  expect(it.remembers(upgraded)).toBe(false);
});

test.each([
  ['elsewhere', remembering(pluginVersion(), { secretReferences: { token: 'file:/run/secrets/acme' } })],
  ['a vendor’s refresh token', remembering(refreshing)],
])('secrets that change without a change of the instance are read each time: %s', async (_what, it) => {
  await it.recall('acme');
  await it.recall('acme');
  expect(it.reads()).toBe(2);
});

test('all of a plugin are the same list for whoever sees the same, until one of them or the plugin is another', async () => {
  const it = remembering();
  const all = await it.recallAll('tickets', 'all');
  expect(await it.recallAll('tickets', 'all')).toBe(all);
  const ofClients = await it.recallAll('tickets', new Set(['globex', 'acme']));
  expect(ofClients).not.toBe(all);
  expect(await it.recallAll('tickets', new Set(['acme', 'globex']))).toBe(ofClients);
  expect(await it.recallAll('tickets', new Set(['acme']))).not.toBe(ofClients);
  expect(it.remembersAll('tickets', 'all', all)).toBe(true);
  it.memories.forget({ kind: 'instance', id: 'another' });
  expect(it.remembersAll('tickets', 'all', all)).toBe(false);
  const again = await it.recallAll('tickets', 'all');
  it.upgrade();
  expect(it.remembersAll('tickets', 'all', again)).toBe(false);
});
