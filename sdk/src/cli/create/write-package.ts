// Writes the files of a new plugin package into a folder of its own.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { Answers } from './answers.ts';
import { conformanceSource } from './files/conformance-source.ts';
import { licenceText } from './files/licence.ts';
import { gitignore, packageJson, tsconfig } from './files/package-files.ts';
import { pluginSource } from './files/plugin-source.ts';
import { readme } from './files/readme.ts';
import { simulatorSource } from './files/simulator-source.ts';
import { testSource } from './files/test-source.ts';

/** Contents by path, in the order in which they are shown. */
export function packageFiles(answers: Answers): ReadonlyMap<string, string> {
  const licence = licenceText(answers);
  return new Map([
    ['src/plugin.ts', pluginSource(answers)],
    ['test/plugin.test.ts', testSource(answers)],
    ['test/conformance.ts', conformanceSource()],
    ['simulator/main.ts', simulatorSource(answers)],
    ['README.md', readme(answers)],
    ...(licence === undefined ? [] : [['LICENSE', licence] as const]),
    ['package.json', packageJson(answers)],
    ['tsconfig.json', tsconfig()],
    ['.gitignore', gitignore()],
  ]);
}

/** @throws CommandError when there is something in the folder. */
export async function writePackage(folder: string, answers: Answers): Promise<readonly string[]> {
  const there: string[] = await readdir(folder).catch(() => []);
  // An author may have begun with `git init`.
  const others = there.filter((name) => name !== '.git');
  if (others.length > 0) throw new CommandError(`${folder} is not empty: there is ${others[0]}`, 'Name a new folder.');
  const files = packageFiles(answers);
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return [...files.keys()];
}
