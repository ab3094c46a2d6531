// Reads what Jira leaves out, renames or hides: every field of an issue may be missing or null.
import { isObject } from './request.ts';

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An element of `issues`; undefined when it is not one. */
export function parseIssue(value: unknown): Issue | undefined {
  if (!isObject(value) || typeof value.id !== 'string' || typeof value.key !== 'string') return undefined;
  return { id: value.id, key: value.key, fields: isObject(value.fields) ? value.fields : {} };
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A text inside an object field: `partOf(fields.priority, 'name')`. */
export function partOf(value: unknown, part: string): string | null {
  return isObject(value) ? textOf(value[part]) : null;
}

/** Jira's own word for an issue without a priority. */
export function priorityOf(issue: Issue): string {
  return partOf(issue.fields.priority, 'name') ?? 'None';
}

export interface Person {
  readonly name: string;
  /** Cloud's accountId; Data Center's user name or, for renamed users, key. */
  readonly id: string | null;
}

export function personOf(value: unknown): Person | null {
  if (!isObject(value)) return null;
  const id = textOf(value.accountId) ?? textOf(value.name) ?? textOf(value.key);
  return { name: textOf(value.displayName) ?? id ?? 'Unknown', id };
}

export function assigneeOf(issue: Issue): Person | null {
  return personOf(issue.fields.assignee);
}
