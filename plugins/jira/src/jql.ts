// Every piece of JQL that holds a value is written here: a value never reaches Jira unquoted.
import { VendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';

/** What JQL's grammar refuses inside quotes: control characters, line separators, lone surrogates, noncharacters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]/gu;

/** A string as a JQL literal that can be nothing but that string. */
export function quote(value: string): string {
  const escaped = value
    .replace(/["\\]/g, '\\$&')
    .replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

export function isIn(field: string, values: readonly string[]): string {
  return `${field} in (${values.map(quote).join(', ')})`;
}

/** Joins clauses with AND; those that are undefined do not restrict. */
export function allOf(...clauses: readonly (string | undefined)[]): string {
  return clauses.filter((clause) => clause !== undefined).join(' AND ');
}

/** "Done" is the category's fixed name, whatever the site calls its statuses. */
export const IS_OPEN = 'statusCategory != Done';

/**
 * The projects a run is about; undefined when nothing restricts them.
 * @throws VendorError `params_invalid` when a project is asked for that the connection is not configured for.
 */
export function projectScope(ctx: JiraContext, asked: readonly string[] | undefined): readonly string[] | undefined {
  const configured = ctx.config.projects ?? [];
  if (asked === undefined || asked.length === 0) return configured.length > 0 ? configured : undefined;
  const foreign = configured.length > 0 ? asked.filter((key) => !configured.includes(key)) : [];
  if (foreign.length > 0) {
    throw new VendorError(
      'params_invalid',
      `projects: ${foreign.join(', ')} is not among the projects of this connection (${configured.join(', ')})`,
    );
  }
  return asked;
}

/** `project in (…)` for {@link projectScope}. */
export function inProjects(ctx: JiraContext, asked: readonly string[] | undefined): string | undefined {
  const scope = projectScope(ctx, asked);
  return scope === undefined ? undefined : isIn('project', scope);
}
