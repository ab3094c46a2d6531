import { relative } from 'node:path';
import type { Command } from 'commander';
import type { BuildOptions } from '../../build/draft.ts';
import { withBuildOptions } from '../build/command.ts';
import { complain, print } from '../print.ts';
import { findingText } from '../validate/validate.ts';
import { packPlugin, UnsoundError } from './pack.ts';

export function addPackCommand(program: Command): void {
  withBuildOptions(
    program
      .command('pack')
      .description('builds and validates the plugin, and packs it for npm publish or jackfield plugin add')
      .argument('[folder]', 'folder of the plugin package', '.'),
  ).action(async (folder: string, options: BuildOptions) => {
    try {
      const { file, bytes, integrity, files, warnings, grade } = await packPlugin(folder, options);
      for (const warning of warnings) complain(findingText(warning));
      for (const path of files) print(`  ${path}`);
      print(
        `${relative(process.cwd(), file)}  ${bytes} bytes  ${grade ?? 'not graded: jackfield-plugin conformance does that'}`,
      );
      print(integrity);
    } catch (error) {
      if (error instanceof UnsoundError) for (const finding of error.findings) complain(findingText(finding));
      throw error;
    }
  });
}
