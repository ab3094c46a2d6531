// Which test files see that a wall is down.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Milliseconds. A mutant may make a test wait for ever, which nobody wants to see. */
const LONGEST = 300_000;

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Test files of `tree` that fail, with how many of their tests do. @throws when they cannot be run. */
export async function failingSuites(tree: string, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const output = join(tree, 'report.json');
  const child = spawn(
    process.execPath,
    [join(tree, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json', `--outputFile=${output}`, ...files],
    { cwd: tree, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, JACKFIELD_TEST_SCALE: '' } },
  );
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => {
    words = (words + bytes.toString()).slice(-2000);
  });
  const late = setTimeout(() => child.kill(), LONGEST);
  await once(child, 'exit');
  clearTimeout(late);
  const report: Report = await readFile(output, 'utf8').then(JSON.parse, () => {
    throw new Error(`the tests of the mutant did not run: ${words}`);
  });
  const failing = report.testResults.map(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').length;
    // What fails before its first test has none that failed.
    return [relative(tree, name), status === 'failed' ? failed || assertionResults.length : 0] as const;
  });
  return new Map(failing.filter(([, failed]) => failed > 0));
}
