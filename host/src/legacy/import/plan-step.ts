// What becomes of one row: whether it is news, what has to be written for it, and what of it goes into the quarantine.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../queries/index.ts';
import { type LegacyMode, MASK } from '../rows.ts';
import { takeRowSecrets } from './connections.ts';
import { type FoundRow, isAside } from './found-tables.ts';
import { type Quarantined, rowKey, type State, type Step, type Target, type Wish } from './planning.ts';
import type { Writes } from './writes.ts';

type Moving = Exclude<Wish, Quarantined>;
/** What the row says, with its secrets, and what is known of it. */
type Seen = Pick<Step, 'found' | 'known' | 'plugin' | 'masked'> & {
  readonly secrets: ReadonlyMap<string, string>;
  /** What the quarantine has of it. */
  readonly set: ReturnType<State['quarantine']['get']>;
};

export function planStep(state: State, found: FoundRow, wish: Wish): Step {
  const { masked, secrets } = takeRowSecrets(found.row);
  const key = rowKey(found);
  const known = state.ledger.get(key);
  const seen = { found, known, plugin: wish.plugin ?? null, masked, secrets, set: state.quarantine.get(key) };
  return 'reason' in wish ? refused(seen, wish) : moved(state, seen, wish);
}

function refused({ set, secrets, ...seen }: Seen, { reason, detail }: Quarantined): Step {
  const fingerprint = fingerprintOf([seen.masked, reason, detail]);
  return {
    ...seen,
    ...{ outcome: 'quarantined', fingerprint, targets: seen.known?.targets ?? [], wanted: [], writes: [] },
    quarantine: { reason, detail, secrets },
    rewrites: seen.known?.fingerprint !== fingerprint || !isKept(set, secrets),
  };
}

function moved(state: State, { set, secrets, ...seen }: Seen, wish: Moving): Step {
  const { found, known, plugin, masked } = seen;
  const mode = plugin === null ? undefined : state.modes.get(plugin);
  const isSealed = wish.writes.every((write) => isSealedHere(state, write));
  // Since its plugin has begun to move, a row of the tables of the old API stands for what this one was.
  const isPast = known !== undefined && mode !== undefined && isAside(found, state.isOwn);
  const hasPlace = (secret: string): boolean => wish.placed?.has(secret) === true && (isSealed || !isPast);
  const left = new Map([...secrets].filter(([, secret]) => !hasPlace(secret)));
  // Once they are gone from the old tables, their masks stand for what the quarantine has.
  const hasMasks = set?.reason === 'secrets_left' && JSON.stringify(masked).includes(MASK);
  const fault = wish.left ?? (left.size > 0 || hasMasks ? SECRETS_LEFT : undefined);
  const quarantine = fault === undefined ? undefined : { ...fault, secrets: left };
  const fingerprint = fingerprintOf([masked, wish.on ?? null, fault ?? null]);
  const isThere = known !== undefined && known.targets.length > 0 && known.targets.every(existsIn(state));
  const isSame = isThere && known.fingerprint === fingerprint && isSealed;
  const isRuled = isPast || (known !== undefined && isRuledHere(mode, isThere));
  const outcome = isSame || isRuled ? 'unchanged' : isThere ? 'updated' : 'made';
  return {
    ...seen,
    ...{ outcome, fingerprint, targets: wish.targets, quarantine },
    wanted: isPast ? [] : wish.writes,
    writes: outcome === 'unchanged' ? [] : wish.writes,
    rewrites: outcome !== 'unchanged' || (quarantine !== undefined && !isKept(set, left)),
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

function existsIn(state: State): (target: Target) => boolean {
  return ({ kind, id }) => {
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
      case 'name':
      case 'row':
      case 'parameters':
      case 'defaults':
        return true;
    }
  };
}

/** What the row says that is not what is sealed is news. */
function isSealedHere(state: State, write: Writes): boolean {
  if (write.kind !== 'instance') return true;
  return hasAll(state.instances.get(write.id) ?? new Map(), write.secrets, state.references.get(write.id));
}

function isKept(set: Seen['set'], secrets: ReadonlyMap<string, string>): boolean {
  return set !== undefined && hasAll(set.secrets, secrets);
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
