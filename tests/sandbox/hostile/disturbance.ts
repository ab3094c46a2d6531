// Using up what others need. Each of them ends in its own failure.
import type { Idea } from './idea.ts';

const late = `await new Promise((resolve) => setTimeout(resolve, 200)); yield { n: 1 };`;
const columns = `{ n: { type: 'integer' }, text: { type: 'string' } }`;

/** Taking time without end. */
export const LOOPS: readonly Idea[] = [
  { tries: 'loops for ever', body: `for (;;) {}`, ends: 'timeout' },
  { tries: 'loops for ever in microtasks', body: `for (;;) await 1`, ends: 'timeout' },
  { tries: 'matches an evil pattern', body: `/^(a+)+$/.test('a'.repeat(50) + 'b')`, ends: 'timeout' },
  { tries: 'never settles', body: `await new Promise(() => {})`, ends: 'timeout' },
  {
    tries: 'loops after its run',
    body: `setTimeout(() => { for (;;) {} }, 20); yield { n: 1 };`,
    columns,
    ends: 'served',
    later: true,
  },
  { tries: 'waits for ever when it is loaded', top: `await new Promise(() => {})`, body: ``, ends: 'timeout' },
  {
    tries: 'calls its vendor without end',
    body: `for (;;) await Promise.all(Array.from({ length: 64 }, () => ctx.fetch('/json').then((r) => r.text())))`,
    ends: 'timeout',
  },
];

/** Ending, or leaving behind what ends. */
export const CRASHES: readonly Idea[] = [
  { tries: 'ends its thread', body: `process.exit(1)`, ends: 'plugin_crashed' },
  {
    tries: 'rejects beside its code',
    body: `void Promise.reject(new Error('late')); ${late}`,
    columns,
    ends: 'plugin_crashed',
    says: 'left an error unhandled',
  },
  {
    tries: 'throws in a timer',
    body: `setTimeout(() => { throw new Error('late'); }, 20); ${late}`,
    columns,
    ends: 'plugin_crashed',
    says: 'left an error unhandled',
  },
  {
    tries: 'throws in a timer after its run',
    body: `setTimeout(() => { throw new Error('late'); }, 20); yield { n: 1 };`,
    columns,
    ends: 'served',
    logs: 'left an error unhandled after its run had ended',
  },
  {
    tries: 'exits after its run',
    body: `setTimeout(() => process.exit(1), 20); yield { n: 1 };`,
    columns,
    ends: 'served',
    later: true,
  },
  { tries: 'exits when it is loaded', top: `process.exit(0)`, body: ``, ends: 'plugin_crashed' },
  { tries: 'throws when it is loaded', top: `throw new Error('boom')`, body: ``, ends: 'plugin_failed' },
];

/** Taking memory without end. */
export const FLOODS: readonly Idea[] = [
  {
    tries: 'floods the heap with arrays',
    body: `const all = []; for (;;) all.push(new Array(1000).fill(all.length))`,
    ends: 'plugin_out_of_memory',
  },
  {
    tries: 'floods the heap with strings',
    body: `const all = []; for (let i = 0; ; i++) all.push(String.fromCharCode(...new Array(5e4).fill(300 + (i % 256))))`,
    ends: 'plugin_out_of_memory',
  },
  {
    tries: 'floods memory with buffers',
    body: `const all = []; for (;;) { all.push(Buffer.alloc(4e6, 1)); await new Promise((r) => setTimeout(r, 1)); }`,
    ends: 'plugin_out_of_memory',
  },
  {
    tries: 'floods memory with timers',
    body: `for (;;) { for (let i = 0; i < 1e4; i++) setTimeout(() => {}, 1e6); await new Promise((r) => setTimeout(r, 1)); }`,
    ends: 'plugin_out_of_memory',
  },
  {
    tries: 'floods memory with blobs',
    body: `const part = Buffer.alloc(4e6); const all = []; for (;;) all.push(new Blob([part]))`,
    ends: 'plugin_failed',
  },
  {
    tries: 'parses a bomb of JSON',
    body: `const all = []; for (;;) all.push(JSON.parse('['.repeat(2000) + ']'.repeat(2000)))`,
    ends: 'plugin_out_of_memory',
  },
  {
    tries: 'inflates a bomb',
    body: `const { gzipSync, gunzipSync } = await load('node:zlib'); const bomb = gzipSync(Buffer.alloc(5e7)); const all = []; for (;;) { all.push(gunzipSync(bomb)); await new Promise((r) => setTimeout(r, 1)); }`,
    ends: 'plugin_out_of_memory',
  },
];

/** More of something than anybody wants. */
export const EXCESS: readonly Idea[] = [
  {
    tries: 'floods the log',
    body: `for (let i = 0; i < 1e6; i++) ctx.log.info('line ' + i, { i }); yield { n: 1 }`,
    columns,
    ends: 'served',
  },
  { tries: 'yields a cell of 100 MB', body: `yield { text: 'x'.repeat(1e8) }`, columns, ends: 'plugin_failed' },
  {
    tries: 'reads an endless body',
    body: `const r = await ctx.fetch('/endless'); const all = []; for await (const part of r.body) all.push(part)`,
    ends: 'vendor_bad_response',
  },
];
