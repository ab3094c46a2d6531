// What connection a row of the old tables describes: its address, its sign-in, and how both fit the config of its plugin.
import { Problem } from '../../errors.ts';
import { configSchemaOf, type ConfigSchema } from '../../instances/index.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import { fieldsOf, fillSignIn } from './auth-fields.ts';
import { readSignIn, type SignIn } from './auth-shapes.ts';
import { isRecord, jsonOf, type Row, recordOf, textOf } from './cells.ts';
import { KEPT } from './kept.ts';
import { decoded, type Taken, takeSecrets } from './secret-leaves.ts';

/** A connection as the old tables have it. */
export interface OldConnection {
  readonly baseUrl: string | undefined;
  /** Undefined: `auth_config` is something that no sign-in can be read from. */
  readonly signIn: SignIn | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** `[]`: it signs in with nothing, not even with what its system has. */
  readonly isAnonymous: boolean;
}

/** The same as a plugin's config. */
export interface FittedConnection {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Fields whose secret only the instance knows: the row has a mask in its place. */
  readonly kept: ReadonlySet<string>;
  /** Why it cannot work like this; undefined when it can. */
  readonly fault: string | undefined;
}

export function readConnection(row: Row): OldConnection {
  const settings = recordOf(row['connection_config']);
  const address = textOf(row, 'base_url', 'url', 'api_endpoint') ?? textOf(settings, 'baseUrl', 'base_url', 'url');
  const signIn = readSignIn(row['auth_config']);
  const url = address === undefined ? null : URL.parse(address);
  const ssl = signIn?.tls === undefined ? readSignIn({ sslConfig: sslOf(settings) })?.tls : undefined;
  const all = signIn && { ...signIn, ...(ssl === undefined ? {} : { tls: ssl }) };
  const isAnonymous = isEmptyList(row['auth_config']);
  if (url === null || url.password === '') return { baseUrl: address, signIn: all, settings, isAnonymous };
  const userinfo = { username: decoded(url.username), password: decoded(url.password) };
  url.username = '';
  url.password = '';
  return { baseUrl: url.href, signIn: all && { ...userinfo, ...all }, settings, isAnonymous };
}

function isEmptyList(cell: unknown): boolean {
  const json = jsonOf(cell);
  return json.kind === 'value' && Array.isArray(json.value) && json.value.length === 0;
}

function sslOf(settings: Readonly<Record<string, unknown>>): unknown {
  const nested = settings['sslConfig'] ?? settings['ssl'] ?? settings['tls'];
  if (isRecord(nested)) return nested;
  const { verifySsl, verify_ssl: verifySnake, rejectUnauthorized } = settings;
  return { verifySsl: verifySsl ?? verifySnake, rejectUnauthorized };
}

/** `own`, with what it leaves out taken from the system that it belongs to. */
export function inheriting(own: OldConnection, system: OldConnection): OldConnection {
  const hasSignIn = own.signIn === undefined || Object.keys(own.signIn).some((part) => part !== 'tls');
  return {
    baseUrl: own.baseUrl ?? system.baseUrl,
    signIn: hasSignIn ? own.signIn : system.signIn && { ...system.signIn, ...own.signIn },
    settings: { ...system.settings, ...own.settings },
    isAnonymous: own.isAnonymous,
  };
}

/** The same place, with the same credentials. */
export function isSameConnection(a: OldConnection, b: OldConnection): boolean {
  return addressKey(a) === addressKey(b) && signInKey(a.signIn) === signInKey(b.signIn);
}

/** However its address is written. */
export function addressKey({ baseUrl: address }: OldConnection): string {
  const url = address === undefined ? null : URL.parse(address);
  return url === null ? (address ?? '') : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function signInKey(signIn: SignIn | undefined): string {
  if (signIn === undefined) return 'unreadable';
  const { tls: _, ...parts } = signIn;
  return JSON.stringify(Object.entries(parts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Fits it into the plugin's config. What the plugin does not know of, or refuses, is left out and said. */
export function fitConnection(plugin: PluginVersion, connection: OldConnection): FittedConnection {
  const { manifest } = plugin;
  const schema = configSchemaOf(plugin);
  const field = manifest.network.baseUrl;
  const address = field === null || connection.baseUrl === undefined ? {} : { [field]: trimmed(connection.baseUrl) };
  const filled =
    connection.signIn === undefined
      ? { config: {}, fault: connection.isAnonymous ? undefined : 'its auth_config is no JSON object' }
      : fillSignIn(manifest, connection.signIn);
  const settings = Object.entries(connection.settings).filter(
    ([name, value]) => Object.hasOwn(manifest.config.properties, name) && name !== field && value !== null,
  );
  const whole = { ...Object.fromEntries(settings), ...address, ...filled.config };
  // What is said under its own name signs in too.
  const signsIn = manifest.auth.some((scheme) => fieldsOf(scheme).every((name) => Object.hasOwn(whole, name)));
  const fault = signsIn ? undefined : filled.fault;
  return parsed(schema, whole, fault) ?? parsedInPart(schema, whole, { ...address, ...filled.config }, fault);
}

/** Undefined when a field is refused. */
function parsed(
  schema: ConfigSchema,
  config: Readonly<Record<string, unknown>>,
  fault: string | undefined,
): FittedConnection | undefined {
  try {
    const { visible, secrets } = schema.parse(config);
    return { config: visible, ...known(secrets), fault };
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'config_invalid')) throw error;
    return undefined;
  }
}

/** Those that the row has, and those that it only says the instance has. */
function known(secrets: ReadonlyMap<string, string>): Pick<FittedConnection, 'secrets' | 'kept'> {
  return {
    secrets: new Map([...secrets].filter(([, secret]) => secret !== KEPT)),
    kept: new Set([...secrets].flatMap(([field, secret]) => (secret === KEPT ? [field] : []))),
  };
}

/** Without the settings; and when that does not fit either, as much as can be stored of a connection that waits for a person. */
function parsedInPart(
  schema: ConfigSchema,
  whole: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
  fault: string | undefined,
): FittedConnection {
  const without = parsed(schema, own, fault);
  if (without !== undefined) return without;
  const errors = errorsOf(schema, whole);
  const refused = new Set(errors.map(({ pointer }) => pointer.split('/')[2] ?? ''));
  const kept = Object.entries(own).filter(([name]) => !refused.has(name));
  const isSecret = (name: string): boolean => schema.secretFields.has(name);
  const reasons = errors.map(({ pointer, message }) => `${pointer.replace('/config/', '')} ${message}`);
  return {
    config: Object.fromEntries(kept.filter(([name]) => !isSecret(name))),
    ...known(new Map(kept.flatMap(([name, value]) => (isSecret(name) ? [[name, String(value)] as const] : [])))),
    fault: fault ?? `its config does not fit the plugin: ${reasons.join('; ')}`,
  };
}

function errorsOf(schema: ConfigSchema, config: Readonly<Record<string, unknown>>) {
  try {
    schema.parse(config);
    return [];
  } catch (error) {
    return (error instanceof Problem && error.options.errors) || [];
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Columns that are a sign-in as a whole. */
const SIGN_INS: ReadonlySet<string> = new Set(['auth_config', 'auth_credentials']);

/** A row without its secrets, or those that are to be taken: masks stand in their places. The pointers begin with their column. */
export function takeRowSecrets(
  row: Row,
  takes?: (secret: string) => boolean,
): { readonly masked: Row; readonly secrets: Taken['secrets'] } {
  const secrets = new Map<string, string>();
  const masked: Record<string, unknown> = {};
  for (const [column, cell] of Object.entries(row)) {
    const json = jsonOf(cell);
    // Who wrote it meant JSON: what is in it cannot be told apart.
    const isBroken = json.kind === 'broken' && /^\s*[[{]/.test(json.text);
    const document = json.kind === 'value' && typeof json.value === 'object' ? json.value : cell;
    const taken = takeSecrets({ [column]: document }, isBroken || SIGN_INS.has(column) ? 'signIn' : 'other', takes);
    for (const [pointer, secret] of taken.secrets) secrets.set(pointer, secret);
    Object.assign(masked, taken.masked);
  }
  return { masked, secrets };
}

/** What of a row stands, as a whole or in part, for these secrets of an instance: also the value of a header that has one in it. */
export function formsOfSecrets(
  config: Readonly<Record<string, unknown>>,
  secrets: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const values = [...secrets.values()];
  const names = Object.values(config).filter((value) => typeof value === 'string');
  const basic = values.flatMap((value) => names.map((name) => Buffer.from(`${name}:${value}`).toString('base64')));
  return new Set([...values, ...values.map((value) => `Bearer ${value}`), ...basic.map((value) => `Basic ${value}`)]);
}
