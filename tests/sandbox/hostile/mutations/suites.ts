// Which test files see that a wall is down.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. Without a wall a test may wait for ever: a file that has not ended by then has seen it. */
const LONGEST = 300_000;
/** What it has started gets so long to be ended by it. */
const ENDING = 10_000;

interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** How many tests of a file failed, or that it hung. */
export type Failed = number | 'hung';

/** Test files of `tree` that fail. @throws when they cannot be run. */
export async function failingSuites(tree: string, files: readonly string[]): Promise<ReadonlyMap<string, Failed>> {
  const failing = new Map<string, Failed>();
  for (const file of files) {
    const failed = await failedOf(tree, file);
    if (failed !== 0) failing.set(file, failed);
  }
  return failing;
}

async function failedOf(tree: string, file: string): Promise<Failed> {
  const output = join(tree, 'report.json');
  await rm(output, { force: true });
  const child = spawn(
    process.execPath,
    [join(tree, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json', `--outputFile=${output}`, file],
    {
      cwd: tree,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, JACKFIELD_TEST_SCALE: '' },
    },
  );
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => {
    words = (words + bytes.toString()).slice(-2000);
  });
  const exited = once(child, 'exit');
  const late = new AbortController();
  const isHung = await Promise.race([
    exited.then(() => false),
    sleep(LONGEST, true, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  if (isHung) {
    child.kill();
    await Promise.race([exited, sleep(ENDING, undefined, { ref: false })]);
    endGroup(child.pid);
    await exited;
    return 'hung';
  }
  const report: Report = await readFile(output, 'utf8').then(JSON.parse, () => {
    throw new Error(`${file} did not run on the mutant: ${words}`);
  });
  return report.testResults.reduce((sum, { status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').length;
    // What fails before its first test has none that failed.
    return sum + (status === 'failed' ? failed || assertionResults.length : 0);
  }, 0);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
}
