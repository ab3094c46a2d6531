// Tampering with what the runtime and other runs on the thread use next.
import type { Idea } from './idea.ts';

/** `code` runs, then the intrinsic must be as it was. */
const kept = (what: string, target: string, name: string): Idea => ({
  tries: `replaces ${what}`,
  body: `const before = ${target}[${name}]; try { ${target}[${name}] = function () { return before.apply(this, arguments); }; } catch {}
    if (${target}[${name}] !== before) reached('replaced');
    Object.defineProperty(${target}, ${name}, { value: () => {} }); if (${target}[${name}] !== before) reached('redefined');`,
  ends: 'refused',
});

const columns = `{ n: { type: 'integer' }, text: { type: 'string' } }`;

export const TAMPERING: readonly Idea[] = [
  kept('Promise.prototype.then', 'Promise.prototype', `'then'`),
  kept('Array.prototype.push', 'Array.prototype', `'push'`),
  kept('Map.prototype.get', 'Map.prototype', `'get'`),
  kept('JSON.stringify', 'JSON', `'stringify'`),
  kept('Function.prototype.call', 'Function.prototype', `'call'`),
  kept('Reflect.apply', 'Reflect', `'apply'`),
  kept('MessagePort.prototype.postMessage', 'MessagePort.prototype', `'postMessage'`),
  kept('TextEncoder.prototype.encode', 'TextEncoder.prototype', `'encode'`),
  kept('the iterator of arrays', 'Array.prototype', 'Symbol.iterator'),
  kept('Object.prototype.toString', 'Object.prototype', `'toString'`),
  kept('the clock of a signal', 'AbortSignal', `'timeout'`),
  kept('how signals are joined', 'AbortSignal', `'any'`),
  ...['AbortController', 'Headers', 'Promise', 'ReadableStream', 'Request', 'TextDecoder', 'URL', 'Uint8Array'].map(
    (name) => kept(`the global ${name}`, 'globalThis', `'${name}'`),
  ),
  {
    tries: 'gives every object a then',
    body: `Object.prototype.then = function (yes) { yes('caught'); }; reached(Object.prototype.then)`,
    ends: 'refused',
  },
  {
    tries: 'gives every object a toJSON',
    body: `Object.defineProperty(Object.prototype, 'toJSON', { value: () => ({ stolen: 1 }) }); reached('set')`,
    ends: 'refused',
  },
  {
    tries: 'reads its callers from a stack trace',
    body: `Error.prepareStackTrace = (_, sites) => sites.map((s) => s.getThis() ?? s.getFunction()).filter((v) => v && v !== globalThis);
      const found = new Error().stack; Error.prepareStackTrace = undefined; if (Array.isArray(found) && found.length > 0) reached(found)`,
    ends: 'refused',
  },
  {
    tries: 'catches the port of its own run',
    body: `const { postMessage } = MessagePort.prototype; let port;
      MessagePort.prototype.postMessage = function (...message) { port = this; return postMessage.apply(this, message); };
      await ctx.fetch('/json'); reached(port)`,
    ends: 'refused',
  },
  {
    tries: 'finds in a module variable what another instance has left there',
    body: `const kept: any = load; reached(kept.left); kept.left = ctx.instance.id`,
    ends: 'refused',
    again: true,
  },
  {
    tries: 'changes its own config',
    body: `ctx.config.baseUrl = 'http://elsewhere.example'; reached(ctx.config.baseUrl)`,
    ends: 'refused',
  },
  {
    tries: 'yields a row with a prototype of its own',
    body: `yield JSON.parse('{"n":1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'); `,
    columns,
    ends: 'served',
    rows: [{ n: 1, text: null }],
  },
  {
    tries: 'yields a row that answers differently each time it is read',
    body: `let reads = 0; yield { get n() { return ++reads; }, text: 'x' }`,
    columns,
    ends: 'served',
    rows: [{ n: 1, text: 'x' }],
  },
  {
    tries: 'yields a row whose getter throws',
    body: `yield { get n() { throw new Error('boom'); } }`,
    columns,
    ends: 'plugin_failed',
  },
  {
    tries: 'yields a proxy that traps everything',
    body: `yield new Proxy({}, { get() { throw new Error('trap'); }, ownKeys() { throw new Error('trap'); } })`,
    columns,
    ends: 'plugin_failed',
  },
  {
    tries: 'yields a cyclic cell',
    body: `const a = []; a.push(a); yield { n: 1, text: a }`,
    columns,
    ends: 'plugin_failed',
    says: 'column "text" must be a string',
  },
  {
    tries: 'yields a cell that cannot be cloned',
    body: `yield { n: 1, text: () => {} }`,
    columns,
    ends: 'plugin_failed',
    says: 'column "text" must be a string',
  },
  {
    tries: 'yields what is no row',
    body: `yield 'not a row'`,
    columns,
    ends: 'plugin_failed',
    says: 'a row must be an object',
  },
  {
    tries: 'throws an error whose members throw',
    body: `throw Object.defineProperties(new Error(), { message: { get() { throw 1; } }, stack: { get() { throw 1; } }, name: { get() { throw 1; } } })`,
    ends: 'plugin_failed',
    says: 'cannot be read',
  },
  {
    tries: 'throws an error that is a proxy',
    body: `throw new Proxy(new Error('x'), { get() { throw new Error('trap'); }, getPrototypeOf() { throw new Error('trap'); } })`,
    ends: 'plugin_failed',
    says: 'cannot be read',
  },
  { tries: 'throws nothing', body: `throw undefined`, ends: 'plugin_failed' },
];
