// The grade that a package brings along: what its author's run of the conformance suite has found, about this very bundle.
import { validateConformanceReport, type ConformanceReport } from '@jackfield/schemas';
import { isObject } from '../merge-patch.ts';
import { parseJson } from './json-text.ts';

/** Beside package.json, as `jackfield-plugin conformance` writes it. */
export const CONFORMANCE = 'conformance.json';

export type Grade = NonNullable<ConformanceReport['grade']>;

/** Undefined when there is none, or it is about another build: a grade is no reason to refuse a package. */
export function gradeOf(file: Buffer | undefined, manifest: unknown): Grade | undefined {
  const report = file === undefined ? undefined : parsed(file);
  const bundle = isObject(manifest) && isObject(manifest['bundle']) ? manifest['bundle']['sha256'] : undefined;
  if (report === undefined || report.bundle.sha256 !== bundle) return undefined;
  return report.grade ?? undefined;
}

function parsed(file: Buffer): ConformanceReport | undefined {
  try {
    const said = parseJson(file, CONFORMANCE);
    return validateConformanceReport(said).length === 0 ? (said as ConformanceReport) : undefined;
  } catch {
    return undefined;
  }
}
