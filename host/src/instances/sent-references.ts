// References among the secrets that somebody sends: `{ "reference": "env:NAME" }` in the place of a secret.
import type { Role } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { isObject } from '../merge-patch.ts';
import type { References } from '../secrets/index.ts';

type Config = Readonly<Record<string, unknown>>;

export interface SentConfig {
  /** With the values of the references in their places. */
  readonly config: Config;
  readonly references: ReadonlyMap<string, string>;
}

/** @throws Problem `permission_denied` for who is no admin, `config_invalid` when a secret is not where it should be. */
export async function fillReferences(
  config: Config,
  secretFields: ReadonlySet<string>,
  references: References,
  role: Role | undefined,
): Promise<SentConfig> {
  const found = new Map<string, string>();
  for (const field of secretFields) {
    const value = Object.hasOwn(config, field) ? config[field] : undefined;
    if (!isObject(value) || typeof value['reference'] !== 'string' || Object.keys(value).length > 1) continue;
    found.set(field, value['reference']);
  }
  if (found.size === 0) return { config, references: found };
  if (role !== 'admin') {
    throw new Problem('permission_denied', 'references to secrets of the host are set by admins', {
      errors: Array.from(found.keys(), (field) => ({ pointer: `/config/${field}`, message: 'is a reference' })),
      next: 'Send the secret itself, or ask an admin.',
    });
  }
  return { config: { ...config, ...Object.fromEntries(await references.resolve(found)) }, references: found };
}
