// The wrapping of every answer: one envelope, or with several VDOMs an array of them, each with its own status.
import { fieldsOf, firstOf, numberOf, textOf, type Fields } from './cells.ts';

export interface Envelope {
  readonly vdom: string | null;
  readonly serial: string | null;
  readonly version: string | null;
  readonly build: number | null;
  /** Of configuration: changes when anything in the answer does. */
  readonly revision: string | null;
  /** Of configuration: how many entries there are, whether or not all were given. */
  readonly size: number | null;
  readonly results: unknown;
  /** Null when the device calls the answer a success; else the HTTP status it names, 0 when it names none. */
  readonly failure: number | null;
}

/** The envelopes of a body, or null when it is something else. */
export function parseEnvelopes(body: unknown): readonly Envelope[] | null {
  const parts = Array.isArray(body) ? body : [body];
  const envelopes: Envelope[] = [];
  for (const part of parts) {
    const fields = fieldsOf(part);
    if (fields === null || !('results' in fields || 'status' in fields)) return null;
    envelopes.push(envelopeOf(fields));
  }
  return envelopes;
}

function envelopeOf(fields: Fields): Envelope {
  const httpStatus = numberOf(fields['http_status']);
  const failed = fields['status'] === 'error' || (httpStatus !== null && httpStatus >= 400);
  return {
    vdom: textOf(fields['vdom']),
    serial: textOf(fields['serial']),
    version: textOf(fields['version']),
    build: numberOf(fields['build']),
    revision: textOf(fields['revision']),
    size: numberOf(firstOf(fields['matched_count'], fields['size'])),
    results: fields['results'],
    failure: failed ? (httpStatus ?? 0) : null,
  };
}

/** `results` as named objects: a map's keys, or the `name` of an array's items. What is no object, or has no name, is left out. */
export function namedResults(results: unknown): readonly (readonly [string, Fields])[] {
  const isList = Array.isArray(results);
  const entries = isList ? results.map((item) => [null, item] as const) : Object.entries(fieldsOf(results) ?? {});
  return entries.flatMap(([key, value]) => {
    const fields = fieldsOf(value);
    const name = key ?? textOf(fields?.['name']);
    return fields === null || name === null ? [] : [[name, fields] as const];
  });
}

/** `results` as objects, whether they come as an array or as a map. */
export function listedResults(results: unknown): readonly Fields[] {
  const values: readonly unknown[] = Array.isArray(results) ? results : Object.values(fieldsOf(results) ?? {});
  return values.map(fieldsOf).filter((fields) => fields !== null);
}

/**
 * Whether an answer tells all there is, so that what it does not name is gone. A missing right can show as a reduced answer
 * without an error: no results, or entries without the field that names them.
 */
export function isWhole({ results, size }: Envelope, name: string): boolean {
  const entries = Array.isArray(results) ? results : Object.values(fieldsOf(results) ?? { missing: null });
  if (size !== null && Array.isArray(results) && size > results.length) return false;
  return entries.every((entry) => textOf(fieldsOf(entry)?.[name]) !== null);
}

/** The VDOM a row belongs to. A device without VDOMs calls its only one root. */
export function vdomOf({ vdom }: Envelope): string {
  return vdom ?? 'root';
}
