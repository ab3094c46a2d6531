// What an import would do, row by row, against what is there. Nothing is written here: a dry run is the plan alone.
import { createHash } from 'node:crypto';
import type { PluginVersion } from '../../kernel/index.ts';
import { canonicalJson } from '../../queries/index.ts';
import { takeRowSecrets } from './connections.ts';
import type { FoundRow } from './found-tables.ts';
import { type LegacyMode, MASK } from '../rows.ts';
import type { Writes } from './writes.ts';

export const REASONS = [
  'system_unknown',
  'plugin_missing',
  'name_missing',
  'system_missing',
  'system_quarantined',
  'client_unknown',
  'value_unusable',
  'query_missing',
  'query_writes',
  'query_unknown',
  'widget_invalid',
  'source_without_plugin',
  'nothing_to_move',
  'secrets_left',
] as const;
/**
 * Why a row, or a part of it, is in the quarantine. secrets_left: the row has been moved, and has secrets for which there is no place;
 * so with value_unusable where a row has been moved, but for a value.
 */
export type Reason = (typeof REASONS)[number];

export interface Quarantined {
  readonly reason: Reason;
  /** For people. Without values of the row. */
  readonly detail: string;
}

export type TargetKind = 'plugin' | 'instance' | 'widget' | 'dashboard' | 'client' | 'parameters' | 'defaults';

export interface Target {
  readonly kind: TargetKind;
  readonly id: string;
}

export type Outcome = 'made' | 'updated' | 'unchanged' | 'quarantined';

/** What becomes of one row. */
export interface Step {
  readonly found: FoundRow;
  readonly outcome: Outcome;
  readonly fingerprint: string;
  /** What an earlier import has made of it. */
  readonly known: Known | undefined;
  readonly plugin: string | null;
  /** The row without secrets. */
  readonly masked: FoundRow['row'];
  readonly targets: readonly Target[];
  /** What stands for it here. */
  readonly wanted: readonly Writes[];
  /** Empty when nothing changes. */
  readonly writes: readonly Writes[];
  /** The row, or what is left of it, goes into the quarantine with these secrets. */
  readonly quarantine: (Quarantined & { readonly secrets: ReadonlyMap<string, string> }) | undefined;
  /** Whether anything has to be written. */
  readonly rewrites: boolean;
}

/** What an earlier import has made of a row. */
export interface Known {
  readonly fingerprint: string;
  readonly targets: readonly Target[];
}

/** What is there before the import. */
export interface State {
  /** By table and id of the row. */
  readonly ledger: ReadonlyMap<string, Known>;
  /** Open secrets of the quarantine, in the same way. */
  readonly quarantine: ReadonlyMap<string, { readonly reason: string; readonly secrets: ReadonlyMap<string, string> }>;
  /** Secrets by instance and field. */
  readonly instances: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Fields whose secret a person keeps elsewhere. */
  readonly references: ReadonlyMap<string, ReadonlySet<string>>;
  readonly widgets: ReadonlySet<string>;
  readonly dashboards: ReadonlySet<string>;
  readonly clients: readonly { readonly id: string; readonly name: string }[];
  readonly users: readonly { readonly id: string; readonly login: string }[];
  readonly modes: ReadonlyMap<string, LegacyMode>;
  readonly plugins: readonly PluginVersion[];
}

/** What a planner says of a row. */
export type Wish =
  | {
      readonly plugin?: string | null;
      readonly targets: readonly Target[];
      readonly writes: readonly Writes[];
      /** What can not be moved of it, though the row is. */
      readonly left?: Quarantined | undefined;
      /** Secrets of the row that have found a place, by value. */
      readonly placed?: ReadonlySet<string>;
      /** What the result depends on beside the row. */
      readonly on?: unknown;
    }
  | (Quarantined & { readonly plugin?: string | null });

export const keyOf = (table: string, id: string): string => `${table}/${id}`;

export function planStep(state: State, found: FoundRow, wish: Wish): Step {
  const { masked, secrets } = takeRowSecrets(found.row);
  const key = keyOf(found.table, found.id);
  const known = state.ledger.get(key);
  const set = state.quarantine.get(key);
  const plugin = wish.plugin ?? null;
  if ('reason' in wish) {
    const fingerprint = fingerprintOf([masked, wish.reason, wish.detail]);
    const { reason, detail } = wish;
    const rewrites = known?.fingerprint !== fingerprint || set === undefined || !hasAll(set.secrets, secrets);
    const targets = known?.targets ?? [];
    const quarantine = { reason, detail, secrets };
    const outcome = 'quarantined';
    return {
      found,
      outcome,
      fingerprint,
      known,
      plugin,
      masked,
      targets,
      wanted: [],
      writes: [],
      quarantine,
      rewrites,
    };
  }
  const left = new Map([...secrets].filter(([, secret]) => wish.placed?.has(secret) !== true));
  // Once they are gone from the old tables, their masks stand for what the quarantine has.
  const isKept = set?.reason === 'secrets_left' && JSON.stringify(masked).includes(MASK);
  const fault = wish.left ?? (left.size > 0 || isKept ? SECRETS_LEFT : undefined);
  const quarantine = fault === undefined ? undefined : { ...fault, secrets: left };
  const fingerprint = fingerprintOf([masked, wish.on ?? null, fault ?? null]);
  const isThere =
    known !== undefined && known.targets.length > 0 && known.targets.every((target) => exists(state, target));
  const isSame = isThere && known.fingerprint === fingerprint && wish.writes.every((write) => isSealed(state, write));
  const isRuled = known !== undefined && isRuledHere(plugin === null ? undefined : state.modes.get(plugin), isThere);
  const outcome = isSame || isRuled ? 'unchanged' : isThere ? 'updated' : 'made';
  const rewrites =
    outcome !== 'unchanged' || (quarantine !== undefined && (set === undefined || !hasAll(set.secrets, left)));
  const writes = outcome === 'unchanged' ? [] : wish.writes;
  const { targets } = wish;
  return {
    found,
    outcome,
    fingerprint,
    known,
    plugin,
    masked,
    targets,
    wanted: wish.writes,
    writes,
    quarantine,
    rewrites,
  };
}

/**
 * Whether what is here rules over what the old tables say: once the instances answer. Where both are written, what is gone here has been
 * deleted on purpose.
 */
function isRuledHere(mode: LegacyMode | undefined, isThere: boolean): boolean {
  switch (mode) {
    case 'dual-plugin':
    case 'plugin':
      return true;
    case 'dual-legacy':
      return !isThere;
    case 'legacy':
    case undefined:
      return false;
  }
}

const SECRETS_LEFT: Quarantined = {
  reason: 'secrets_left',
  detail: 'the row was moved; it has secrets for which its plugin has no place',
};

function exists(state: State, { kind, id }: Target): boolean {
  switch (kind) {
    case 'instance':
      return state.instances.has(id);
    case 'widget':
      return state.widgets.has(id);
    case 'dashboard':
      return state.dashboards.has(id);
    case 'client':
      return state.clients.some((client) => client.id === id);
    case 'plugin':
    case 'parameters':
    case 'defaults':
      return true;
  }
}

/** What the row says that is not what is sealed is news. */
function isSealed(state: State, write: Writes): boolean {
  if (write.kind !== 'instance') return true;
  return hasAll(state.instances.get(write.id) ?? new Map(), write.secrets, state.references.get(write.id));
}

function hasAll(
  stored: ReadonlyMap<string, string>,
  secrets: ReadonlyMap<string, string>,
  except: ReadonlySet<string> = new Set(),
): boolean {
  return [...secrets].every(([field, secret]) => except.has(field) || stored.get(field) === secret);
}

function fingerprintOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex');
}
