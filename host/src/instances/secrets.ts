// Which secret a changed config gets: the one that was sent, or the stored one, and when the stored one must not be used.
import { type FieldError, Problem } from '../errors.ts';
import type { ConfigSchema } from './config-schema.ts';
import type { InstanceRow } from './rows.ts';
import type { References, SealedSecret, Sealer, Vault } from '../secrets/index.ts';

type Config = Readonly<Record<string, unknown>>;

export interface Refilled {
  /** The config with the stored secrets of the fields that `sent` leaves out. */
  readonly config: Config;
  /** Fields whose sealed secret is still the right one. */
  readonly kept: ReadonlySet<string>;
}

/** What opens stored secrets. */
export interface Opening {
  readonly vault: Pick<Vault, 'open'>;
  readonly references: References;
}

/**
 * Fills in the secrets that the sender left out. Refuses when the URL they are sent to has moved to another origin: who may change
 * an address but does not know the credential could otherwise have it sent to a server of their own.
 */
export async function refillSecrets(
  row: InstanceRow,
  config: Config,
  sent: Config,
  schema: ConfigSchema,
  opening: Opening,
): Promise<Refilled> {
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
    config: { ...config, ...(await openSecrets(row, stay, opening)) },
    kept: new Set(stay.filter((field) => Object.hasOwn(row.sealed, field))),
  };
}

/** Which of the fields the instance has. One that a newer plugin version declares secret may still be among the visible config. */
export function storedSecrets(row: InstanceRow, secretFields: ReadonlySet<string>): string[] {
  return [...secretFields].filter((field) => Object.hasOwn(row.sealed, field) || Object.hasOwn(row.config, field));
}

/** The instance's values of these fields in plain text, those of references from where they are. */
export async function openSecrets(
  row: InstanceRow,
  fields: Iterable<string>,
  { vault, references }: Opening,
): Promise<Record<string, unknown>> {
  const names = [...fields];
  const opened = openStored(row, names, vault);
  const referenced = names.flatMap((field): [string, string][] => {
    const stored = Object.hasOwn(row.sealed, field) ? row.sealed[field] : undefined;
    if (stored === undefined || stored.reference === null) return [];
    return [[field, vault.open({ instanceId: row.id, field }, stored)]];
  });
  if (referenced.length === 0) return opened;
  return { ...opened, ...Object.fromEntries(await references.resolve(new Map(referenced), row.id)) };
}

/** The same without those that are only references. */
export function openStored(
  row: InstanceRow,
  fields: Iterable<string>,
  vault: Pick<Vault, 'open'>,
): Record<string, unknown> {
  const opened: Record<string, unknown> = {};
  for (const field of fields) {
    const stored = Object.hasOwn(row.sealed, field) ? row.sealed[field] : undefined;
    if (stored !== undefined) {
      if (stored.reference === null) opened[field] = vault.open({ instanceId: row.id, field }, stored);
    } else if (Object.hasOwn(row.config, field)) opened[field] = row.config[field];
  }
  return opened;
}

/** Where secrets of the instance are that are not kept here, by field. */
export function referencesOf(row: Pick<InstanceRow, 'sealed'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row.sealed).flatMap(([field, { reference }]) => (reference === null ? [] : [[field, reference]])),
  );
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
