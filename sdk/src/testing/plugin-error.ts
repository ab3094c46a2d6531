// Why a plugin failed, for its author: what a host would say, and what it keeps to itself.
import type { Problem } from '@jackfield/schemas';
import type { BundleCode } from '../build/bundle-code.ts';
import { placeText } from '../build/place.ts';
import { readMisspelling } from '../runtime/misspelt.ts';
import type { BenchLog, BenchProblem } from './bench.ts';

/** A run that failed. Its message says what a host would answer, and where the plugin's code has to be changed. */
export class PluginError extends Error {
  /** What a host would answer: `vendor_bad_response`, `plugin_failed`, `params_invalid`, … */
  readonly code: Problem['code'];
  readonly problem: Problem;
  /** What the run has logged. */
  readonly log: readonly BenchLog[];

  constructor(message: string, problem: Problem, log: readonly BenchLog[], cause: unknown) {
    super(message, { cause });
    this.name = 'PluginError';
    this.code = problem.code;
    this.problem = problem;
    this.log = log;
  }
}

/** What is being run: `query "overdue"`, and where it stands in the plugin. */
export interface Subject {
  readonly what: string;
  readonly steps: readonly string[];
}

export function toPluginError(error: unknown, subject: Subject, code: BundleCode, log: readonly BenchLog[]): unknown {
  if (!isBenchProblem(error)) return error;
  const problem = error.toDocument();
  const lines = [`${subject.what} failed with ${problem.code}: ${problem.detail ?? problem.title}`];
  for (const { pointer, message } of problem.errors ?? []) lines.push(`  ${pointer} ${message}`);
  if (problem.code === 'plugin_failed') {
    // What was thrown is for the log of a host, and here for the author.
    const thrown = / threw /.test(lines[0] ?? '') ? log.findLast(({ level }) => level === 'error')?.message : undefined;
    if (thrown !== undefined) lines.push(...inSources(thrown, code));
    if (thrown === undefined || !BUNDLE.test(thrown))
      lines.push(`  at ${placeOfMistake(lines[0] ?? '', subject, code)}`);
  }
  return new PluginError(lines.join('\n'), problem, log, error);
}

/** What a host only warns of, and nobody who tries a plugin should miss. Undefined when the run has nothing of the kind. */
export function misspellingError(code: BundleCode, log: readonly BenchLog[]): PluginError | undefined {
  for (const { level, message } of log) {
    const misspelling = level === 'warn' ? readMisspelling(message) : undefined;
    if (misspelling === undefined) continue;
    const problem: Problem = {
      type: 'https://jackfield.dev/problems/plugin_failed',
      title: 'The plugin failed',
      status: 502,
      code: 'plugin_failed',
      detail: message,
      next: 'Give the rows the names of the columns.',
    };
    const text = `${message}\n  at ${placeText(code.placeOfMisspelling(misspelling))}`;
    return new PluginError(text, problem, log, undefined);
  }
  return undefined;
}

function isBenchProblem(error: unknown): error is BenchProblem {
  return error instanceof Error && 'code' in error && 'toDocument' in error;
}

const BUNDLE = /(?:file:\/\/)?[^\s()]*\/plugin\.js(?:\?[^\s:()]*)?:(\d+):(\d+)/;

/** A stack of the bundle's as one of the author's files. Frames of the host's runtime help nobody. */
function inSources(stack: string, code: BundleCode): string[] {
  return stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || BUNDLE.test(line))
    .map(
      (line) =>
        `  ${line.replace(BUNDLE, (_, row: string, column: string) => placeText(code.placeAt(Number(row), Number(column) - 1)))}`,
    );
}

/** The column or key that a message names, or the contribution itself. */
function placeOfMistake(message: string, { steps }: Subject, code: BundleCode): string {
  const [, column] = /column "(\w+)"/.exec(message) ?? [];
  return placeText(code.placeOfMember(column === undefined ? steps : [...steps, 'columns', column]));
}
