import { relative } from 'node:path';
import type { Command } from 'commander';
import { print } from '../print.ts';
import { buildPlugin } from '../../build/build-plugin.ts';
import type { BuildOptions } from '../../build/draft.ts';

/** Options of every command that builds. */
export function withBuildOptions(command: Command): Command {
  return command
    .option('--entry <file>', 'entry file, relative to the folder (default: src/plugin.ts or src/plugin.js)')
    .option('--allow-missing-builtins', 'let imports of builtins that plugins do not have throw when they are called');
}

export function addBuildCommand(program: Command): void {
  withBuildOptions(
    program
      .command('build')
      .description('bundles the plugin into dist/plugin.js and writes dist/plugin.json')
      .argument('[folder]', 'folder of the plugin package', '.'),
  ).action(async (folder: string, options: BuildOptions) => {
    const { files } = await buildPlugin(folder, options);
    for (const { path, bytes } of files) print(`${relative(process.cwd(), path)}  ${bytes} bytes`);
  });
}
