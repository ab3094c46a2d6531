// The rows of the old tables and of the move. What other rooms never see.
import type { Selectable } from 'kysely';
import type {
  ExternalMappingTable,
  ExternalSystemInstanceTable,
  ExternalSystemTable,
  ExternalWidgetTemplateTable,
  LegacyLinkTable,
  LegacyModeTable,
  LegacyQuarantineTable,
} from '../store/index.ts';

export type SystemRow = Selectable<ExternalSystemTable>;
export type SystemInstanceRow = Selectable<ExternalSystemInstanceTable>;
export type TemplateRow = Selectable<ExternalWidgetTemplateTable>;
export type MappingRow = Selectable<ExternalMappingTable>;
export type LinkRow = Selectable<LegacyLinkTable>;
export type QuarantineRow = Selectable<LegacyQuarantineTable>;

/**
 * How far a plugin's move is; every step can be taken back until the old tables are dropped.
 * - `legacy`: the old tables rule, and nothing is mirrored.
 * - `dual-legacy`: every write lands in both shapes; the old tables answer the old API.
 * - `dual-plugin`: the same, but the instances answer it.
 * - `plugin`: the old API is gone (410). The old tables still follow, so that the step back loses nothing.
 */
export type LegacyMode = LegacyModeTable['mode'];
export type LegacyTable = LegacyLinkTable['legacy_table'];

/** Stands in the place of a secret: in what the old API answers, and in old rows whose secret the instance has. */
export const MASK = '********';

/** JSON of an old column, which is text in some databases. What is no JSON stays the text it is. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The same where an object is expected; everything else is none. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const parsed = jsonOf(value);
  const isRecord = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  return isRecord ? (parsed as Record<string, unknown>) : {};
}
