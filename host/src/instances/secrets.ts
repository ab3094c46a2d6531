// Which secret a changed config gets: the one that was sent, or the stored one, and when the stored one must not be used.
import { type FieldError, Problem } from '../errors.ts';
import type { ConfigSchema } from './config-schema.ts';
import type { InstanceRow } from './rows.ts';
import type { SecretBox } from './secret-box.ts';

type Config = Readonly<Record<string, unknown>>;

export interface Refilled {
  /** The config with the stored secrets of the fields that `sent` leaves out. */
  readonly config: Config;
  /** Fields whose stored secret was taken. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Fills in the secrets that the sender left out. Refuses when the base URL has moved to another origin: who may change
 * an address but does not know the credential could otherwise have it sent to a server of their own.
 */
export function refillSecrets(
  row: InstanceRow,
  config: Config,
  sent: Config,
  schema: ConfigSchema,
  box: SecretBox,
): Refilled {
  const kept = new Set([...schema.secretFields].filter((f) => Object.hasOwn(row.sealed, f) && !Object.hasOwn(sent, f)));
  const [from, to] = [schema.originOf(row.config), schema.originOf(config)];
  if (from !== to && kept.size > 0) {
    const message =
      `must be sent again, or null to remove it: the base URL moves from ${from ?? 'nowhere'} to ${to ?? 'nowhere'}, ` +
      'and a stored secret is never sent to another origin';
    const errors = [...kept].map((field): FieldError => ({ pointer: `/config/${field}`, message }));
    throw new Problem('config_invalid', 'the base URL has another origin than before', { errors, instanceId: row.id });
  }
  return { config: { ...config, ...openSecrets(row, kept, box) }, kept };
}

/** The instance's secrets of these fields in plain text. */
export function openSecrets(row: InstanceRow, fields: Iterable<string>, box: SecretBox): Record<string, string> {
  const opened: Record<string, string> = {};
  for (const field of fields) {
    const sealed = Object.hasOwn(row.sealed, field) ? row.sealed[field] : undefined;
    if (sealed !== undefined) opened[field] = box.open({ instanceId: row.id, field }, sealed);
  }
  return opened;
}
