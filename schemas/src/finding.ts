// What is wrong with a document, and where.
import type { ErrorObject } from 'ajv';

/** One fault of a document: where, as a JSON pointer, and what. */
export interface Finding {
  readonly pointer: string;
  readonly message: string;
}

/** A person corrects a few at a time, and a hostile document must not make a list without end. */
const MOST = 50;

/** Appends one step to a JSON pointer. */
export function pointerTo(parent: string, step: string | number): string {
  return `${parent}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The errors of a validator as findings; a missing or unknown member is named by its own pointer. */
export function toFindings(errors: readonly ErrorObject[]): Finding[] {
  const choices = errors.filter((error) => error.keyword === 'oneOf');
  const findings = new Map<string, Finding>();
  for (const error of errors) {
    // Every form of a failed choice complains: the choice itself says it once.
    if (choices.some((choice) => choice !== error && isBelow(error.instancePath, choice.instancePath))) continue;
    const finding = toFinding(error);
    if (finding) findings.set(`${finding.pointer} ${finding.message}`, finding);
    if (findings.size === MOST) break;
  }
  return [...findings.values()];
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function toFinding(error: ErrorObject): Finding | undefined {
  const at = error.instancePath;
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'required':
      return { pointer: pointerTo(at, String(params['missingProperty'])), message: 'is required' };
    case 'additionalProperties':
      return { pointer: pointerTo(at, String(params['additionalProperty'])), message: 'is not a known member' };
    case 'propertyNames':
      return { pointer: pointerTo(at, String(params['propertyName'])), message: 'is not a valid name' };
    case 'enum':
      return { pointer: at, message: `must be one of ${JSON.stringify(params['allowedValues'])}` };
    case 'const':
      return { pointer: at, message: `must be ${JSON.stringify(params['allowedValue'])}` };
    case 'oneOf':
      return { pointer: at, message: 'must fit exactly one of the forms the schema lists' };
    default:
      // The error inside propertyNames carries the name; the one above says the same with the better pointer.
      return error.propertyName === undefined ? { pointer: at, message: error.message ?? error.keyword } : undefined;
  }
}
