import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
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
      process.exitCode = await run(process.execPath, [...process.execArgv, ...(await runnerOf(root)), ...args], root);
    });
}

/** What Node is told to run. */
async function runnerOf(root: string): Promise<string[]> {
  const { dependencies = {}, devDependencies = {} }: Record<string, object> = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  if (!('vitest' in { ...dependencies, ...devDependencies })) return ['--test'];
  const file = createRequire(join(root, 'package.json')).resolve('vitest/package.json');
  return [join(dirname(file), 'vitest.mjs'), 'run'];
}
