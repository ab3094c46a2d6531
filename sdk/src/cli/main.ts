#!/usr/bin/env node
import { relative } from 'node:path';
import { Command } from 'commander';
import { BuildError } from './build/build-error.ts';
import { buildPlugin } from './build/build-plugin.ts';
import { sdkVersion } from './sdk-version.ts';
import { validatePlugin } from './validate/validate.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const program = new Command('jackfield-plugin').description('Builds and checks Jackfield plugins.').version(sdkVersion);

program
  .command('build')
  .description('bundles the plugin into dist/plugin.js and writes dist/plugin.json')
  .argument('[folder]', 'folder of the plugin package', '.')
  .option('--entry <file>', 'entry file, relative to the folder (default: src/plugin.ts or src/plugin.js)')
  .option('--allow-missing-builtins', 'let imports of builtins that plugins do not have throw when they are called')
  .action(async (folder: string, options: { entry?: string; allowMissingBuiltins?: boolean }) => {
    const { files } = await buildPlugin(folder, options);
    for (const { path, bytes } of files) print(`${relative(process.cwd(), path)}  ${bytes} bytes`);
  });

program
  .command('validate')
  .description('checks the built package as a host would')
  .argument('[folder]', 'folder of the plugin package', '.')
  .option('--json', 'print the findings as a JSON array')
  .action(async (folder: string, options: { json?: boolean }) => {
    const findings = await validatePlugin(folder);
    if (options.json) print(JSON.stringify(findings, undefined, 2));
    else for (const { file, pointer, message } of findings) print(`${file}${pointer ? ` ${pointer}` : ''}: ${message}`);
    if (findings.length > 0) process.exitCode = 1;
    else if (!options.json) print('no findings');
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  for (const fault of error.faults) process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
