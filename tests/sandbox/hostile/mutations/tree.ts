// A copy of the repository's working files, changed by a mutation. Its packages are the repository's, but for the workspace's own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildThreads } from '../../../../scripts/build-threads.ts';
import { repository } from '../../../support/plugin-package.ts';
import type { Mutation, Patch } from './mutation.ts';

export interface Tree extends AsyncDisposable {
  readonly path: string;
}

export async function makeTree({ patches }: Mutation): Promise<Tree> {
  const path = await mkdtemp(join(tmpdir(), 'jackfield-mutant-'));
  for (const file of workingFiles()) {
    const to = join(path, file);
    await mkdir(dirname(to), { recursive: true });
    // A file may have been removed and not yet be forgotten.
    await copyFile(join(repository, file), to).catch(() => undefined);
  }
  await linkPackages(path);
  for (const { file, ...change } of patches) {
    const at = join(path, file);
    await writeFile(at, mutate(await readFile(at, 'utf8'), { file, ...change }));
  }
  await buildThreads(path);
  // What was ended a moment ago may still write into it.
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** @throws when the text that it replaces is not there, or not once: the program has changed, and the mutation has to follow. */
export function mutate(text: string, { file, from, to }: Patch): string {
  const times = text.split(from).length - 1;
  if (times !== 1) throw new Error(`${file} has ${times} times: ${from}`);
  return text.replace(from, () => to);
}

function workingFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: repository });
  return listed.toString().split('\n').filter(Boolean);
}

async function linkPackages(path: string): Promise<void> {
  const from = join(repository, 'node_modules');
  const to = join(path, 'node_modules');
  await mkdir(join(to, '@jackfield'), { recursive: true });
  await mkdir(join(to, '.cache'));
  for (const name of await readdir(from)) {
    if (name !== '@jackfield' && name !== '.cache') await symlink(join(from, name), join(to, name));
  }
  // They are links to `../../host` and the like.
  for (const name of await readdir(join(from, '@jackfield'))) {
    await symlink(await readlink(join(from, '@jackfield', name)), join(to, '@jackfield', name));
  }
  // A workspace may have packages in versions of its own.
  for (const workspace of ['host', 'sdk']) {
    const own = join(repository, workspace, 'node_modules');
    if (existsSync(own)) await symlink(own, join(path, workspace, 'node_modules'));
  }
  for (const name of await readdir(join(from, '.cache'))) {
    if (/^(empty-)?pglite-/.test(name)) await symlink(join(from, '.cache', name), join(to, '.cache', name));
  }
}
