import { createRequire } from 'node:module';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { run } from '../program.ts';

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description("runs the plugin's tests: with vitest when it is a dependency of the plugin, else with node --test")
    .argument('[args...]', 'for the test runner')
    .option('--folder <folder>', 'folder of the plugin package', '.')
    .allowUnknownOption()
    .action(async (args: string[], { folder }: { folder: string }) => {
      const root = resolve(folder);
      const command = [...process.execArgv, ...(await runnerOf(root, args))];
      process.exitCode = await run(process.execPath, command, root);
    });
}

/** What Node is told to run. */
async function runnerOf(root: string, args: readonly string[]): Promise<string[]> {
  const { dependencies = {}, devDependencies = {} }: Record<string, object> = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  if (!('vitest' in { ...dependencies, ...devDependencies }))
    return ['--test', ...args, ...(await testFiles(root, args))];
  const file = createRequire(join(root, 'package.json')).resolve('vitest/package.json');
  return [join(dirname(file), 'vitest.mjs'), 'run', ...args];
}

/** Node would take everything in `test` for a test: the conformance suite's setup, too. None when files were named. */
async function testFiles(root: string, args: readonly string[]): Promise<string[]> {
  if (args.some((arg) => !arg.startsWith('-'))) return [];
  const exclude = ['**/node_modules', '**/.jackfield'];
  return Array.fromAsync(glob('**/*.test.{js,mjs,cjs,ts,mts,cts}', { cwd: root, exclude }));
}
