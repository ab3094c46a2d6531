// Ids that people can read, made from names.
import { randomBytes } from 'node:crypto';

/** Long enough to be told apart, short enough to leave room for the suffix. */
const MAX_LENGTH = 50;

/** `Acme Jira (prod)` becomes `acme-jira-prod`; a name without Latin letters becomes `otherwise`. */
export function idFromName(name: string, otherwise: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, '');
  return slug === '' ? otherwise : slug;
}

/** As schemas of ids have it. */
const LONGEST = 63;
const RANDOM_BYTES = 3;

/** How often a free one is looked for. */
const ATTEMPTS = 5;

/**
 * Ids to try for something new, in their order: the one that was asked for, or else what its name makes. Who is limited to clients gets one
 * whose end nobody can foresee: else that an id is taken would tell them what others have.
 */
export function idsFor(asked: string | undefined, made: string, isLimited = false): readonly string[] {
  const base = asked ?? made;
  const start = base.slice(0, LONGEST - 1 - 2 * RANDOM_BYTES);
  const others = Array.from({ length: ATTEMPTS - 1 }, () => `${start}-${randomBytes(RANDOM_BYTES).toString('hex')}`);
  if (isLimited) return others;
  return asked === undefined ? [base, ...others] : [base];
}
