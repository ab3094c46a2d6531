import type { GenericObjectType } from '@rjsf/utils';
import type { ReactNode } from 'react';

export type FormData = Record<string, unknown>;

/** What every field of a form knows. */
export interface FormContext extends GenericObjectType {
  /** Secrets that the host has, which nobody is shown. */
  readonly secretsSet: ReadonlySet<string>;
  /** Where secrets are that the host does not keep itself. */
  readonly references: Readonly<Record<string, string>>;
  /** What the host found at a field, by its JSON pointer. */
  readonly faults: ReadonlyMap<string, string>;
  /** Stands above the fields. */
  readonly before: ReactNode;
}

/** Between the names in the id of a field, which is a JSON pointer behind a prefix. */
export const SEPARATOR = '/';
const PREFIX = 'field';

export function fieldId(pointer: string): string {
  return `${PREFIX}${pointer}`;
}

export function pointerOf(id: string): string {
  return id.slice(PREFIX.length);
}
