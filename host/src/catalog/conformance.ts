// The grade that a package brings along: what its author's run of the conformance suite has found, about this very bundle.
import { isObject } from '../merge-patch.ts';
import { parseJson } from './json-text.ts';

/** Beside package.json, as `jackfield-plugin conformance` writes it. */
export const CONFORMANCE = 'conformance.json';

const GRADES = ['bronze', 'silver', 'gold'] as const;
export type Grade = (typeof GRADES)[number];

/** Undefined when there is none, or it is about another build: a grade is no reason to refuse a package. */
export function gradeOf(file: Buffer | undefined, manifest: unknown): Grade | undefined {
  if (file === undefined) return undefined;
  const said = parsed(file);
  const bundle = isObject(manifest) && isObject(manifest['bundle']) ? manifest['bundle']['sha256'] : undefined;
  if (!isObject(said) || !isObject(said['bundle']) || said['bundle']['sha256'] !== bundle) return undefined;
  return GRADES.find((grade) => grade === said['grade']);
}

function parsed(file: Buffer): unknown {
  try {
    return parseJson(file, CONFORMANCE);
  } catch {
    return undefined;
  }
}
