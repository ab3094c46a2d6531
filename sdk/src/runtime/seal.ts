// Closes the thread before any plugin code is loaded. The permission flags refuse files, network, processes, addons, threads and
// the inspector; this covers what they do not: builtin modules, `process`, cross-thread globals, and tampering with intrinsics
// that the runtime relies on. Nothing here is undone, and plugin code never gets a reference to what was taken away.
import { createRequire, registerHooks, syncBuiltinESMExports } from 'node:module';
import { EventEmitter } from 'node:events';
import * as crypto from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { ALLOWED_BUILTINS } from './builtins.ts';
import { createProcessFacade } from './process-facade.ts';
import { limitUncountedMemory } from './uncounted-memory.ts';

const PROCESS_MODULE = 'jackfield:process';

/** Removed from the real `process`, should plugin code ever get hold of it. */
const PROCESS_POWERS = [
  '_debugEnd', '_debugProcess', '_getActiveHandles', '_getActiveRequests', '_kill', '_linkedBinding', '_startProfilerIdleNotifier',
  '_stopProfilerIdleNotifier', 'abort', 'binding', 'chdir', 'dlopen', 'execve', 'getBuiltinModule', 'getActiveResourcesInfo',
  'initgroups', 'kill', 'loadEnvFile', 'openStdin', 'permission', 'reallyExit', 'report', 'setegid', 'seteuid', 'setgid',
  'setgroups', 'setuid', 'setSourceMapsEnabled', 'setUncaughtExceptionCaptureCallback', 'umask',
]; // prettier-ignore

/** Globals that reach other threads, or do I/O past the gateway. */
const REMOVED_GLOBALS = ['BroadcastChannel', 'EventSource', 'WebSocket', 'localStorage', 'sessionStorage', 'navigator'];

/** Globals that the runtime looks up while it serves runs. */
const KEPT_GLOBALS = [
  'AbortController', 'AbortSignal', 'DOMException', 'Headers', 'JSON', 'Map', 'Object', 'Promise', 'ReadableStream', 'Reflect', 'Request', 'Response', 'Set',
  'TextDecoder', 'TextEncoder', 'URL', 'Uint8Array',
]; // prettier-ignore

/** URLs the runtime is about to import itself; each is good for one import. */
const expected = new Set<string>();

/** Lets the runtime, and nobody else, import one URL once. The URL must not be guessable. */
export function expectImport(url: string): void {
  expected.add(url);
}

/** Seals this thread, once and for good. Call before any plugin code is loaded. */
export function sealThread(): void {
  if (isMainThread) throw new Error('the plugin runtime runs in a worker thread only');
  // In a worker this ends the thread, which fails the runs on it and nothing else.
  const endThread = (process as NodeJS.Process & { reallyExit(code: number): never }).reallyExit.bind(process);
  restrictModules();
  restrictCrypto();
  for (const name of PROCESS_POWERS) Reflect.deleteProperty(process, name);
  for (const name of REMOVED_GLOBALS) Reflect.deleteProperty(globalThis, name);
  Object.defineProperty(globalThis, 'process', {
    value: createProcessFacade(endThread),
    writable: false,
    configurable: false,
  });
  limitUncountedMemory();
  lockIntrinsics();
  lockGlobals();
}

/** Assigning to one does nothing, rather than throw: polyfills do so at load. */
function lockGlobals(): void {
  for (const name of KEPT_GLOBALS) {
    const value: unknown = Reflect.get(globalThis, name);
    Object.defineProperty(globalThis, name, {
      configurable: false,
      enumerable: false,
      get: () => value,
      set: () => {},
    });
  }
}

function restrictModules(): void {
  const allowed = new Set(ALLOWED_BUILTINS);
  registerHooks({
    resolve(specifier, context) {
      if (expected.delete(specifier)) return { url: specifier, format: 'module', shortCircuit: true };
      const name = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
      if (name === 'process') return { url: PROCESS_MODULE, format: 'module', shortCircuit: true };
      if (allowed.has(name)) return { url: `node:${name}`, format: 'builtin', shortCircuit: true };
      const from = context.parentURL?.startsWith('file:') ? 'the plugin' : 'evaluated code';
      throw Object.assign(
        new Error(`${from} may not import "${specifier}": only its own bundle and a few builtins exist`),
        {
          code: 'ERR_ACCESS_DENIED',
        },
      );
    },
    load(url, context, next) {
      if (url !== PROCESS_MODULE) return next(url, context);
      const names = Object.keys(globalThis.process).filter((name) => /^[a-z]\w*$/i.test(name));
      const source = `const p = globalThis.process; export default p; export const { ${names.join(', ')} } = p;`;
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** OpenSSL engines are native code, FIPS mode is process-wide. */
function restrictCrypto(): void {
  const require = createRequire(import.meta.url);
  const mutable: Record<string, unknown> = require('node:crypto');
  for (const name of ['setEngine', 'setFips', 'secureHeapUsed']) if (name in crypto) delete mutable[name];
  syncBuiltinESMExports();
}

/**
 * The runtime and Node's own message handling call these; a plugin that replaced one would see other runs' ports.
 * Prototypes that libraries commonly derive from by assignment keep that working.
 */
function lockIntrinsics(): void {
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const typedArray = Object.getPrototypeOf(Uint8Array);
  const frozen = [
    Array, Array.prototype, Object.getPrototypeOf([][Symbol.iterator]()), iterator, Map, Map.prototype, Set, Set.prototype, WeakMap.prototype, WeakSet.prototype,
    Object.getPrototypeOf(new Map().entries()), Object.getPrototypeOf(new Set().values()), Promise, Promise.prototype, JSON, Reflect, Atomics,
    typedArray, typedArray.prototype, Uint8Array, Uint8Array.prototype, ArrayBuffer, ArrayBuffer.prototype, TextEncoder.prototype, TextDecoder.prototype,
    MessagePort.prototype, Object.getPrototypeOf(MessagePort.prototype), MessageEvent.prototype, Event.prototype, Request.prototype, Headers.prototype,
    AbortController, AbortController.prototype, AbortSignal, AbortSignal.prototype, Object,
  ]; // prettier-ignore
  for (const target of frozen) Object.freeze(target);
  for (const target of [Object.prototype, Function.prototype, EventTarget.prototype, EventEmitter.prototype])
    lockDerivable(target);
}

/** Like Object.freeze, but an object that inherits from `target` may still be given its own property by assignment. */
function lockDerivable(target: object): void {
  for (const key of Reflect.ownKeys(target)) {
    const found = Object.getOwnPropertyDescriptor(target, key);
    if (!found?.configurable) continue;
    if (!('value' in found)) {
      Object.defineProperty(target, key, { configurable: false });
      continue;
    }
    const value: unknown = found.value;
    Object.defineProperty(target, key, {
      configurable: false,
      enumerable: found.enumerable ?? false,
      get: () => value,
      set(this: object, next: unknown) {
        if (this === target) throw new TypeError(`${String(key)} is locked`);
        Object.defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  Object.preventExtensions(target);
}
