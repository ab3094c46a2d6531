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
