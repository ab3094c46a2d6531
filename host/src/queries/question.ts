// What is asked of one instance, checked and ready to run: its key tells whether two ask the same.
import { createHash } from 'node:crypto';
import type { Column, ManifestQuery } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import { atLeast, type Role } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { ResolvedInstance } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Flight } from './flight.ts';

export interface Question {
  readonly instance: ResolvedInstance;
  readonly queryId: string;
  readonly query: ManifestQuery;
  /** Checked, defaults filled in. */
  readonly params: Record<string, unknown>;
  readonly encoding: Encoding;
  /** The same for all whose answer would be the same. */
  readonly key: string;
}

export function createQuestion(parts: Omit<Question, 'key'>): Question {
  const { instance, queryId, params, encoding } = parts;
  const { view, plugin, client } = instance;
  const version = `${plugin.manifest.name}@${plugin.manifest.version}/${plugin.manifest.bundle.sha256}`;
  // A plugin sees the client's parameters, and may ask for something else when they change.
  const asked = canonicalJson([params, client]);
  const hash = asked.length <= SHORT ? asked : createHash('sha256').update(asked).digest('base64url');
  // An id may be used again after its instance was deleted, and revisions start over.
  const key = [view.id, view.createdAt, view.revision, version, queryId, encoding, hash].join(' ');
  return { ...parts, key };
}

/** Characters that are kept as they are: a hash of them is no shorter, and takes longer. */
const SHORT = 100;

/** @throws Problem `not_found` when the plugin has no such query. */
export function queryOf(plugin: PluginVersion, queryId: string): ManifestQuery {
  const { queries } = plugin.manifest;
  const query = Object.hasOwn(queries, queryId) ? queries[queryId] : undefined;
  if (query === undefined) throw queryNotFound(plugin, queryId);
  return query;
}

export function queryNotFound({ manifest: { name } }: PluginVersion, queryId: string): Problem {
  return new Problem('not_found', `plugin "${name}" has no query "${queryId}"`, {
    plugin: name,
    next: `Ask GET /api/plugins/${name} for the list.`,
  });
}

/** The columns that the manifest promises, or those that came with the answer: ask when the first chunk, or the end, is there. */
export function columnsOf({ query }: Question, flight: Flight): readonly Column[] {
  return query.dynamicColumns ? (flight.columns ?? []) : query.columns;
}

/** Who may run a query that says nothing about it. */
export const EVERYBODY: Role = 'user';

/** @throws Problem `permission_denied`, with the role that is needed. */
export function assertMayRun(role: Role, plugin: PluginVersion, queryId: string, query: ManifestQuery): void {
  const needed = query.role ?? EVERYBODY;
  if (atLeast(role, needed)) return;
  throw new Problem('permission_denied', `query "${queryId}" needs the role ${needed}, this token has ${role}`, {
    plugin: plugin.manifest.name,
    next: `Use a token of the role ${needed}, or ask somebody who has one.`,
  });
}
