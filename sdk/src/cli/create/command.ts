import { relative, resolve } from 'node:path';
import { stdin } from 'node:process';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { print } from '../print.ts';
import { assertFlags, defaultsFor, faults, flagOf, LICENCES, SIGN_INS, type Answers } from './answers.ts';
import { writePackage } from './write-package.ts';

type Flags = Readonly<Record<'name' | 'package' | 'url' | 'signIn' | 'licence', string | undefined>> & {
  readonly yes?: boolean;
};

export function addCreateCommand(program: Command): void {
  program
    .command('create')
    .description('writes a new plugin package: a query, a widget, a test and a simulator of the vendor, ready to run')
    .argument('[folder]', 'a new folder (default: the name of the package)')
    .option('--name <name>', "the system's name, as people write it")
    .option('--package <name>', 'the name of the npm package')
    .option('--url <url>', 'where its API answers')
    .option('--sign-in <how>', SIGN_INS.join(', '))
    .option('--licence <licence>', LICENCES.join(', '))
    .option('--yes', 'ask nothing: take the usual for what no flag says')
    .action(async (folder: string | undefined, flags: Flags) => {
      const answers = await answersFor(flags);
      const root = resolve(folder ?? answers.packageName.replace(/^.*\//, ''));
      const files = await writePackage(root, answers);
      const shown = relative(process.cwd(), root) || '.';
      for (const file of files) print(`  ${shown}/${file}`);
      print(
        `\nNext:\n  cd ${shown}\n  npm install\n  npm run dev      # the plugin in a host, with a simulator of the vendor\n  npm test`,
      );
    });
}

async function answersFor({ name, package: packageName, url, signIn, licence, yes }: Flags): Promise<Answers> {
  const given = dropUndefined({ displayName: name, packageName, baseUrl: url, signIn, licence });
  assertFlags(given);
  const { displayName } = given;
  if (yes && displayName !== undefined) return { ...defaultsFor(displayName), ...given };
  const missing = (Object.keys(faults) as (keyof Answers)[]).filter((key) => given[key] === undefined);
  if (missing.length === 0) return given as Answers;
  if (yes || !stdin.isTTY) {
    const flags = missing.map((key) => `--${flagOf(key)}`).join(', ');
    throw new CommandError(`nobody can be asked for ${flags}`, 'Give them, or --name and --yes for the usual.');
  }
  // Loaded when it is wanted: only people are asked.
  const { ask } = await import('./questions.ts');
  return ask(given);
}

function dropUndefined(values: Record<keyof Answers, string | undefined>): Partial<Record<keyof Answers, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
