// What is remembered between requests: only as long as whoever changes it would be heard, and only what a change tells of.
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { FOR_EVERYBODY, onlyAsking } from '../../host/src/access/index.ts';
import { forgetWhatChanges } from '../../host/src/http/forgetting.ts';
import { type Kind, Memories, type Memory } from '../../host/src/memory.ts';
import { memoryLimits } from '../../host/src/memory-limits.ts';

interface Thing {
  readonly id: string;
}

function remembering(options: { of?: readonly Kind[]; by?: Kind; most?: number } = {}): {
  memories: Memories;
  memory: Memory<Thing>;
} {
  const memories = new Memories(memoryLimits);
  const memory = memories.open<Thing>({ of: ['instance', 'client'], by: 'instance', most: 10, ...options });
  memories.hear(true);
  return { memories, memory };
}

const thing = (id: string) => async (): Promise<Thing> => ({ id });

test('what was read is given again, and not read', async () => {
  const { memory } = remembering();
  const first = await memory.recall('acme', thing('acme'));
  expect(
    await memory.recall('acme', () => {
      throw new Error('it is read again');
    }),
  ).toBe(first);
});

test('a change of one makes it be read anew and leaves the others, one of what all stand on leaves none', async () => {
  const { memories, memory } = remembering();
  for (const id of ['acme', 'bolt']) await memory.recall(id, thing(id));
  memories.forget({ kind: 'widget', id: 'acme' });
  expect(memory.get('acme')).toBeDefined();
  memories.forget({ kind: 'instance', id: 'acme' });
  expect(memory.get('acme')).toBeUndefined();
  expect(memory.get('bolt')).toBeDefined();
  memories.forget({ kind: 'client', id: 'globex' });
  expect(memory.get('bolt')).toBeUndefined();
});

test('what was read while a change came in is answered once, and not remembered', async () => {
  const { memories, memory } = remembering();
  const read = memory.recall('acme', async () => {
    memories.forget({ kind: 'instance', id: 'acme' });
    return { id: 'acme' };
  });
  expect(await read).toEqual({ id: 'acme' });
  expect(memory.get('acme')).toBeUndefined();
});

test('a host that hears nothing remembers nothing, and not what it knew before', async () => {
  const { memories, memory } = remembering();
  await memory.recall('acme', thing('acme'));
  memories.hear(false);
  expect(memory.get('acme')).toBeUndefined();
  await memory.recall('acme', thing('acme'));
  expect(memory.get('acme')).toBeUndefined();
  memories.hear(true);
  expect(memory.get('acme')).toBeUndefined();
});

test('what is not there, what changes by itself and what no longer holds is read each time', async () => {
  const { memory } = remembering();
  expect(await memory.recall('acme', async () => undefined)).toBeUndefined();
  expect(await memory.recall('acme', thing('first'), { lasts: () => 0 })).toEqual({ id: 'first' });
  expect(await memory.recall('acme', thing('second'))).toEqual({ id: 'second' });
  expect(await memory.recall('acme', thing('third'), { holds: ({ id }) => id !== 'second' })).toEqual({ id: 'third' });
});

test('lists count by their length: one that is too long is read each time, and is answered all the same', async () => {
  const memories = new Memories(memoryLimits);
  const memory = memories.open<readonly string[]>({ of: ['instance'], most: 3 }, (list) => list.length + 1);
  memories.hear(true);
  await memory.recall('short', async () => ['a', 'b']);
  expect(memory.get('short')).toEqual(['a', 'b']);
  expect(await memory.recall('long', async () => ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
  expect(memory.get('long')).toBeUndefined();
});

test('a request that may have changed anything makes it read anew, one that only asks does not', async () => {
  const { memories, memory } = remembering();
  await memory.recall('acme', thing('acme'));
  const app = fastify();
  forgetWhatChanges(app, memories);
  app.all('/change', { config: FOR_EVERYBODY }, () => 'done');
  app.post('/ask', { config: onlyAsking(FOR_EVERYBODY) }, () => 'done');
  await app.inject({ method: 'POST', url: '/ask' });
  for (const method of ['GET', 'OPTIONS'] as const) await app.inject({ method, url: '/change' });
  expect(memory.get('acme')).toBeDefined();
  await app.inject({ method: 'DELETE', url: '/change' });
  expect(memory.get('acme')).toBeUndefined();
});
