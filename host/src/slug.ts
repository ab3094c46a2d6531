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

export function withSuffix(id: string): string {
  return `${id}-${randomBytes(3).toString('hex')}`;
}
