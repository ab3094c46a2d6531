import type { Command } from 'commander';
import { withBuildOptions } from '../build/command.ts';
import type { BuildOptions } from '../../build/draft.ts';
import { print } from '../print.ts';
import { rules } from './rules.ts';
import { findingText, validatePlugin } from './validate.ts';

interface Options extends BuildOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addValidateCommand(program: Command): void {
  withBuildOptions(
    program
      .command('validate')
      .description('checks the package as a host would, and for what its users would regret')
      .argument('[folder]', 'folder of the plugin package', '.')
      .option('--json', 'print the findings as a JSON array')
      .option('--strict', 'let warnings fail it, too'),
  )
    .addHelpText('after', rulesHelp)
    .action(async (folder: string, { json, strict, ...options }: Options) => {
      const findings = await validatePlugin(folder, options);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      if (json) print(JSON.stringify(findings, undefined, 2));
      else for (const finding of findings) print(findingText(finding));
      if (!json) print(summary(errors, findings.length - errors));
      if (errors > 0 || (strict && findings.length > 0)) process.exitCode = 1;
    });
}

function rulesHelp(): string {
  const width = Math.max(...rules.map(({ id }) => id.length));
  return `\nRules:\n${rules.map(({ id, asks }) => `  ${id.padEnd(width)}  ${asks}`).join('\n')}\n\nIt ends with 1 when there are errors.`;
}

function summary(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'no findings';
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
