// Memory floods of seven shapes. A host that died of one would take this test's process with it.
import { expect, test } from 'vitest';
import { buildHostile } from '../support/hostile.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

const ROUNDS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 29 : 1;

const SHAPES: Record<string, string> = {
  arrays: `const all = []; for (;;) all.push(new Array(1000).fill(all.length));`,
  objects: `const all = []; for (;;) all.push({ a: all.length, b: String(Math.random()) });`,
  strings: `const all = []; for (let i = 0; ; i++) all.push('x'.repeat(1000) + i);`,
  'one growing string': `let text = 'x'; for (;;) { text += text.length < 2 ** 27 ? text : 'x'; text.charCodeAt(5); }`,
  'a map': `const map = new Map(); for (let i = 0; ; i++) map.set('key ' + i, [i]);`,
  buffers: `const all = []; for (;;) { all.push(Buffer.alloc(2 ** 22, 1)); await new Promise((r) => setTimeout(r, 1)); }`,
  'typed arrays without a pause': `const all = []; for (;;) all.push(new Float64Array(2 ** 18).fill(1));`,
};

/** Memory that V8 does not count: the plugin must be stopped before it has any of it. */
const UNCOUNTED: Record<string, string> = {
  'shared memory': `const all = []; for (;;) all.push(new Uint8Array(new SharedArrayBuffer(2 ** 22)).fill(1));`,
  'WebAssembly memory': `const memory = new WebAssembly.Memory({ initial: 1 }); for (;;) memory.grow(64);`,
  'messages nobody reads': `const { port1 } = new MessageChannel(); for (;;) port1.postMessage(new Uint8Array(2 ** 20));`,
  blobs: `const all = []; for (;;) all.push(new Blob([new Uint8Array(2 ** 22)]));`,
  files: `const all = []; for (;;) all.push(new File([new Uint8Array(2 ** 22)], 'x'));`,
  'blobs by their constructor': `const B = new Blob([]).constructor; const all = []; for (;;) all.push(new B([new Uint8Array(2 ** 22)]));`,
  'blobs by what File derives from': `const B = Object.getPrototypeOf(File); const all = []; for (;;) all.push(new B([new Uint8Array(2 ** 22)]));`,
  'blobs of the buffer module': `const { Blob } = await import('node:buffer'); const all = []; for (;;) all.push(new Blob([new Uint8Array(2 ** 22)]));`,
  'blobs of a response': `const all = []; for (;;) all.push(await new Response(new Uint8Array(2 ** 22)).blob());`,
  'forms of a response': `const all = []; for (;;) all.push(await new Response(new FormData()).formData());`,
};

test.each(Object.entries(UNCOUNTED))('%s cannot fill the machine past the watchdog', async (name, body) => {
  await using plugin = await buildHostile({ name, body, code: 'plugin_failed' }, 'uncounted');
  await using sandbox = testSandbox({ threadMemoryMb: 128 });
  const before = process.memoryUsage.rss();
  const run = await readRun(runQuery(sandbox, plugin.version, { deadline: 5000 }));
  expect(run.problem?.code).toMatch(/^(plugin_failed|plugin_out_of_memory)$/);
  expect(process.memoryUsage.rss() - before).toBeLessThan(300 * 1024 * 1024);
});

test(`${Object.keys(SHAPES).length * ROUNDS} memory floods end as plugin_out_of_memory, and the host lives on`, async () => {
  for (const [index, [name, body]] of Object.entries(SHAPES).entries()) {
    await using plugin = await buildHostile({ name, body, code: 'plugin_out_of_memory' }, `flood-${index}`);
    await using sandbox = testSandbox({ threadMemoryMb: 64 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = await readRun(runQuery(sandbox, plugin.version, { instance: `i-${round}`, deadline: 20_000 }));
      expect(run.problem?.code, name).toBe('plugin_out_of_memory');
    }
  }
}, 600_000);
