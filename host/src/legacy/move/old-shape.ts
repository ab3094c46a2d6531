// An instance as a row of the old tables: the way back from `wholeConfigOf`. A secret is a mask there, the instance keeps it.
import { isDeepStrictEqual } from 'node:util';
import type { PluginManifest } from '@jackfield/schemas';
import { Problem } from '../../errors.ts';
import type { InstanceView } from '../../instances/index.ts';
import { KEPT } from '../masks.ts';
import type { Values } from '../old-rows.ts';
import { jsonOf, MASK, recordOf } from '../rows.ts';
import { fieldsOf } from '../import/auth-fields.ts';
import { wholeConfigOf } from './whole-config.ts';

/** The columns that say where a connection goes and how it signs in. */
export interface OldShape {
  readonly base_url: string | null;
  readonly auth_type: string | null;
  readonly auth_config: Values | readonly never[] | null;
  readonly connection_config: Values | null;
}

export interface Wanted {
  readonly manifest: PluginManifest;
  readonly view: Pick<InstanceView, 'config' | 'secretsSet'>;
  /** Secrets that are others than before: what the row has of them is wrong. */
  readonly secretsSent: ReadonlySet<string>;
  /** The row as it is, with the system that it takes from what it does not say. */
  readonly row?: Values | undefined;
  readonly system?: Values | undefined;
}

/**
 * What the row has to say to stand for the instance, with as few changes of it as can be.
 * @throws Problem `conflict` when no row can say it: an instance without an address, of a system that has one.
 */
export function oldShapeOf(wanted: Wanted): OldShape {
  const shape = candidates(wanted).find((candidate) => standsFor(candidate, wanted));
  if (shape === undefined) {
    throw new Problem('conflict', 'the old tables, which are written too, have no way to say this connection', {
      next: 'Set the address of the connection, or end the move: PUT /api/legacy/modes/:plugin.',
    });
  }
  return shape;
}

/** As it is; with other settings; with another sign-in; and with every field under its own name, which always fits. */
function* candidates(wanted: Wanted): Generator<OldShape> {
  const { row = {} } = wanted;
  const current: OldShape = {
    base_url: (row['base_url'] ?? null) as string | null,
    auth_type: (row['auth_type'] ?? null) as string | null,
    auth_config: jsonOf(row['auth_config'] ?? null) as OldShape['auth_config'],
    connection_config: jsonOf(row['connection_config'] ?? null) as Values | null,
  };
  const base_url = addressOf(wanted);
  const sign = signInOf(wanted);
  if (wanted.row !== undefined) {
    yield current;
    yield { ...current, base_url };
    yield { ...current, base_url, connection_config: settingsFor({ ...current, base_url }, wanted) };
  }
  if (sign !== undefined) {
    const signed = { ...current, base_url, ...sign };
    yield signed;
    yield { ...signed, connection_config: settingsFor(signed, wanted) };
  }
  const unsigned = { ...current, base_url, auth_type: 'none', auth_config: null };
  yield { ...unsigned, connection_config: settingsFor(unsigned, wanted) };
  // What is no object is no sign-in, and keeps that of the system away.
  const cut: OldShape = { ...unsigned, auth_config: [] };
  yield { ...cut, connection_config: settingsFor(cut, wanted) };
}

function addressOf({ manifest, view }: Wanted): string | null {
  const { baseUrl: field } = manifest.network;
  const value = field === null ? undefined : view.config[field];
  return typeof value === 'string' ? value : null;
}

/** The sign-in that is in use: the first scheme whose fields are all set. */
function signInOf({ manifest, view }: Wanted): Pick<OldShape, 'auth_type' | 'auth_config'> | undefined {
  const has = (field: string): boolean => view.secretsSet.includes(field) || Object.hasOwn(view.config, field);
  const scheme = manifest.auth.find((one) => fieldsOf(one).length > 0 && fieldsOf(one).every(has));
  if (scheme === undefined) return undefined;
  const value = (field: string): unknown => (view.secretsSet.includes(field) ? MASK : view.config[field]);
  switch (scheme.type) {
    case 'basic':
      return {
        auth_type: 'basic',
        auth_config: { username: value(scheme.username), password: value(scheme.password) },
      };
    case 'bearer':
      return { auth_type: 'bearer', auth_config: { token: value(scheme.token) } };
    case 'apiKey':
      return {
        auth_type: 'api_key',
        auth_config: { apiKey: value(scheme.value), ...(scheme.in === 'header' ? { header: scheme.name } : {}) },
      };
    case 'oauth2':
      return {
        auth_type: 'oauth2',
        auth_config: {
          clientId: value(scheme.clientId),
          clientSecret: value(scheme.clientSecret),
          tokenUrl: value(scheme.tokenUrl),
          ...(scheme.refreshToken === undefined ? {} : { refreshToken: value(scheme.refreshToken) }),
        },
      };
  }
}

/** What else the row has to say, under the names of the config; members of its own that no plugin knows stay. */
function settingsFor(shape: OldShape, wanted: Wanted): Values | null {
  const { manifest, row, system } = wanted;
  const others = Object.entries(recordOf(row?.['connection_config'])).filter(
    ([name]) => !Object.hasOwn(manifest.config.properties, name),
  );
  const without = { ...shape, connection_config: Object.fromEntries(others) };
  const said = wholeConfigOf(manifest, { ...without }, system).config;
  const needed = Object.entries(desired(wanted)).filter(
    ([field, value]) => !isDefault(manifest, field, value) && !isDeepStrictEqual(asKept(said[field], value), value),
  );
  const masked = needed.map(([field, value]) => [field, value === KEPT ? MASK : value]);
  // Those of the system.
  const removed = Object.keys(said).filter((field) => desired(wanted)[field] === undefined);
  const settings = Object.fromEntries([
    ...others,
    ...masked,
    ...removed.map((field) => [field, null] as const),
  ]) as Values;
  return Object.keys(settings).length === 0 && (row?.['connection_config'] ?? null) === null ? null : settings;
}

/** The config that the row has to stand for; secrets are `KEPT`. */
function desired(wanted: Wanted): Values {
  const { manifest, view } = wanted;
  const address = addressOf(wanted)?.replace(/\/+$/, '');
  const { baseUrl: field } = manifest.network;
  const secrets = Object.fromEntries(view.secretsSet.map((name) => [name, KEPT]));
  return { ...view.config, ...(field === null || address === undefined ? {} : { [field]: address }), ...secrets };
}

function standsFor(shape: OldShape, wanted: Wanted): boolean {
  const { manifest, system, secretsSent } = wanted;
  const said = wholeConfigOf(manifest, { ...shape }, system).config;
  const wants = desired(wanted);
  return [...new Set([...Object.keys(said), ...Object.keys(wants)])].every((field) => {
    if (wants[field] === KEPT && secretsSent.has(field)) return said[field] === KEPT;
    const value = asKept(said[field], wants[field]);
    if (isDeepStrictEqual(value, wants[field])) return true;
    return value === undefined && isDefault(manifest, field, wants[field]);
  });
}

/** A secret that the row still has in plain text is the one that the instance has, unless another was sent. */
function asKept(said: unknown, wanted: unknown): unknown {
  return wanted === KEPT && said !== undefined ? KEPT : said;
}

function isDefault({ config }: PluginManifest, field: string, value: unknown): boolean {
  const property = config.properties[field];
  return property !== undefined && 'default' in property && isDeepStrictEqual(property['default'], value);
}
