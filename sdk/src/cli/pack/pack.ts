// `jackfield-plugin pack`: the tarball that is published, made of what has just been built and found to be sound.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { validateConformanceReport, type ConformanceReport } from '@jackfield/schemas';
import { buildPlugin } from '../../build/build-plugin.ts';
import type { BuildOptions } from '../../build/draft.ts';
import { CommandError } from '../command-error.ts';
import { output } from '../program.ts';
import { validatePlugin, type FileFinding } from '../validate/validate.ts';

export interface Packed {
  /** Absolute. */
  readonly file: string;
  readonly integrity: string;
  readonly bytes: number;
  /** Paths inside. */
  readonly files: readonly string[];
  /** What validate has advised against. */
  readonly warnings: readonly FileFinding[];
  /** The grade of the conformance suite that is packed along; undefined when there is none. */
  readonly grade: string | undefined;
}

/** Findings with errors: nothing was packed. */
export class UnsoundError extends CommandError {
  readonly findings: readonly FileFinding[];

  constructor(findings: readonly FileFinding[]) {
    super('nothing is packed as long as validate finds errors');
    this.findings = findings;
  }
}

const NEEDED = ['package.json', 'dist/plugin.json', 'dist/plugin.js'];

/** @throws BuildError, UnsoundError, or CommandError with what npm says. */
export async function packPlugin(folder: string, options: BuildOptions = {}): Promise<Packed> {
  const root = resolve(folder);
  const { manifest } = await buildPlugin(root, options);
  const findings = await validatePlugin(root, options);
  if (findings.some(({ severity }) => severity === 'error')) throw new UnsoundError(findings);
  // Nobody's scripts change what was checked.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code, text, errors } = await output(npm, ['pack', '--json', '--ignore-scripts'], root);
  if (code !== 0) throw new CommandError(`npm pack failed: ${errors.trim()}`);
  const packed = tarballOf(text);
  const files = packed.files.map(({ path }) => path);
  const missing = NEEDED.filter((name) => !files.includes(name));
  if (missing.length > 0)
    throw new CommandError(`the tarball lacks ${missing.join(', ')}`, 'Name them in "files" of package.json.');
  return {
    file: join(root, packed.filename),
    integrity: packed.integrity,
    bytes: packed.size,
    files,
    warnings: findings,
    grade: files.includes('conformance.json') ? await gradeOf(root, manifest.bundle.sha256) : undefined,
  };
}

interface Tarball {
  readonly filename: string;
  readonly integrity: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** npm answers with a list, newer ones with an object by the package's name. */
function tarballOf(text: string): Tarball {
  const [tarball] = Object.values(JSON.parse(text) as Record<string, Tarball>);
  if (tarball === undefined) throw new CommandError(`npm pack answered ${text.slice(0, 200)}`);
  return tarball;
}

/** The grade is one of what is packed, not of what was graded once. */
async function gradeOf(root: string, sha256: string): Promise<string | undefined> {
  const next = 'Run jackfield-plugin conformance again, or delete it.';
  const text = await readFile(join(root, 'conformance.json'), 'utf8');
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw new CommandError('conformance.json is not JSON', next);
  }
  const [fault] = validateConformanceReport(report);
  if (fault !== undefined) throw new CommandError(`conformance.json${fault.pointer} ${fault.message}`, next);
  const { grade, bundle } = report as ConformanceReport;
  if (bundle.sha256 !== sha256) throw new CommandError('conformance.json is about another build', next);
  return grade ?? undefined;
}
