// Which secret a changed config gets: the one that was sent, or the stored one, and when the stored one must not be used.
import { type FieldError, Problem } from '../errors.ts';
import type { ConfigSchema } from './config-schema.ts';
import type { InstanceRow } from './rows.ts';
import type { SealedSecret, Sealer, Vault } from '../secrets/index.ts';

type Config = Readonly<Record<string, unknown>>;

export interface Refilled {
  /** The config with the stored secrets of the fields that `sent` leaves out. */
  readonly config: Config;
  /** Fields whose sealed secret is still the right one. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Fills in the secrets that the sender left out. Refuses when the URL they are sent to has moved to another origin: who may change
 * an address but does not know the credential could otherwise have it sent to a server of their own.
 */
export function refillSecrets(
  row: InstanceRow,
  config: Config,
  sent: Config,
  schema: ConfigSchema,
  vault: Pick<Vault, 'open'>,
): Refilled {
  const stored = storedSecrets(row, schema.secretFields);
  const stay = stored.filter((field) => !Object.hasOwn(sent, field));
  const before = schema.destinationsOf(row.config);
  for (const [index, { what, origin, fields }] of schema.destinationsOf(config).entries()) {
    const from = before[index]?.origin ?? null;
    const moved = stay.filter((field) => fields.has(field));
    if (from === origin || moved.length === 0) continue;
    const message =
      `must be sent again, or null to remove it: ${what} moves from ${from ?? 'nowhere'} to ${origin ?? 'nowhere'}, ` +
      'and a stored secret is never sent to another origin';
    const errors = moved.map((field): FieldError => ({ pointer: `/config/${field}`, message }));
    throw new Problem('config_invalid', `${what} has another origin than before`, { errors, instanceId: row.id });
  }
  return {
    config: { ...config, ...openSecrets(row, stay, vault) },
    kept: new Set(stay.filter((field) => Object.hasOwn(row.sealed, field))),
  };
}

/** Which of the fields the instance has. One that a newer plugin version declares secret may still be among the visible config. */
export function storedSecrets(row: InstanceRow, secretFields: ReadonlySet<string>): string[] {
  return [...secretFields].filter((field) => Object.hasOwn(row.sealed, field) || Object.hasOwn(row.config, field));
}

/** The instance's values of these fields in plain text. */
export function openSecrets(
  row: InstanceRow,
  fields: Iterable<string>,
  vault: Pick<Vault, 'open'>,
): Record<string, unknown> {
  const opened: Record<string, unknown> = {};
  for (const field of fields) {
    const sealed = Object.hasOwn(row.sealed, field) ? row.sealed[field] : undefined;
    if (sealed !== undefined) opened[field] = vault.open({ instanceId: row.id, field }, sealed);
    else if (Object.hasOwn(row.config, field)) opened[field] = row.config[field];
  }
  return opened;
}

/** The same secrets, sealed with the key of the client that the instance belongs to from now on. */
export function resealed(
  row: InstanceRow,
  fields: Iterable<string>,
  vault: Pick<Vault, 'open'>,
  sealer: Sealer,
): SealedSecret[] {
  return Array.from(fields).flatMap((field) => {
    const stored = row.sealed[field];
    if (stored === undefined) return [];
    const place = { instanceId: row.id, field };
    const opened = vault.open(place, stored);
    return [stored.reference === null ? sealer.seal(place, opened) : sealer.sealReference(place, opened)];
  });
}
