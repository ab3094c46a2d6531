// The example plugins are packages of their own: no workspace knows them, and they are made with what the author's guide says.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { validatePlugin } from '@jackfield/sdk/cli';
import { expect, it } from 'vitest';
import { FULL } from '../support/random.ts';
import { repository, tempFolder, writeFiles } from '../support/plugin-package.ts';

const run = promisify(execFile);
const examples = ['better-stack', 'github-issues'].map((name) => join(repository, 'examples', name));

it('validate finds nothing in them', async () => {
  for (const folder of examples) expect({ folder, found: await validatePlugin(folder) }).toEqual({ folder, found: [] });
});

it('they compile', async () => {
  await using folder = await tempFolder();
  await writeFiles(folder.path, {
    'tsconfig.json': {
      extends: join(repository, 'examples/better-stack/tsconfig.json'),
      // In the repository the SDK is its sources.
      compilerOptions: { customConditions: ['jackfield-source'] },
      include: examples.flatMap((example) => ['src', 'test', 'simulator'].map((part) => join(example, part))),
    },
  });
  const { stdout } = await run(process.execPath, [
    join(repository, 'node_modules/typescript/bin/tsc'),
    '-p',
    folder.path,
  ]);
  expect(stdout).toBe('');
});

// A host for each: the full scale runs them, and the compiler looks at them always.
it.runIf(FULL)('their tests pass, in the sandbox of a host', async () => {
  const files = examples.map((folder) => join(folder, 'test/plugin.test.ts'));
  const { stdout } = await run(process.execPath, [
    '--conditions=jackfield-source',
    '--test',
    '--test-reporter=tap',
    ...files,
  ]);
  expect(stdout).toContain('# pass 8');
  expect(stdout).toContain('# fail 0');
});
