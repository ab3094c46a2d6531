// Sealed, but without the permission flags: only the runtime's own bootstrap stands in the way.
import { EventEmitter } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { sealThread } from '../../../sdk/src/runtime/seal.ts';

const realProcess = process;
const tell = parentPort?.postMessage.bind(parentPort);
sealThread();

const powers = [
  'kill',
  'abort',
  'dlopen',
  'binding',
  '_linkedBinding',
  'reallyExit',
  'getBuiltinModule',
  '_getActiveHandles',
];
const outcome: Record<string, unknown> = {
  powersLeft: powers.filter((name) => Reflect.get(realProcess, name) !== undefined),
  seesRealProcess: globalThis.process === realProcess,
  globalsLeft: ['WebSocket', 'EventSource', 'BroadcastChannel', 'navigator', 'localStorage'].filter(
    (name) => name in globalThis,
  ),
};
const crypto: object = await import('node:crypto');
outcome['cryptoLeft'] = ['setFips', 'setEngine', 'secureHeapUsed'].filter(
  (name) => Reflect.get(crypto, name) !== undefined,
);
outcome['imports'] = [];
for (const name of [
  'node:fs',
  'fs',
  'node:net',
  'node:child_process',
  'node:worker_threads',
  'node:module',
  'data:text/javascript,1',
]) {
  await import(name).then(
    () => (outcome['imports'] as string[]).push(name),
    () => undefined,
  );
}
outcome['locked'] = [
  Object.prototype,
  Promise.prototype,
  MessagePort.prototype,
  EventTarget.prototype,
  EventEmitter.prototype,
].map((target) => !Object.isExtensible(target));
tell?.(outcome);
