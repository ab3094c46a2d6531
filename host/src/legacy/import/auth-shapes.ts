// The shapes of `auth_config` in the wild, read into parts: who signs in, with what, and in which header.
import { isRecord, jsonOf } from './cells.ts';
import { MASK } from '../rows.ts';

/** A part that is not there is undefined. Masks and empty text are not there. */
export interface SignIn {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A token that is sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** A key whose header may be known. */
  readonly apiKey?: string | undefined;
  readonly apiKeyHeader?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly tokenUrl?: string | undefined;
  readonly tls?: Tls | undefined;
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}

/** As the config of plugins has it. */
export interface Tls {
  readonly verify?: boolean;
  readonly caPem?: string;
  readonly fingerprint256?: string;
  readonly serverName?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Undefined: it is no object at all. */
export function readSignIn(authConfig: unknown): SignIn | undefined {
  const json = jsonOf(authConfig);
  if (json.kind === 'none') return {};
  if (json.kind === 'broken' || !isRecord(json.value)) return undefined;
  const fields = unwrapped(json.value);
  const ssl = recordIn(fields, 'sslconfig', 'ssl', 'tls');
  const headers = readHeaders(recordIn(fields, 'customheaders', 'headers') ?? {});
  const keyed = readKeyAndHeader(fields);
  return {
    ...headers,
    ...keyed,
    ...present({
      username: text(fields, 'username', 'user', 'email', 'login'),
      password: text(fields, 'password', 'pass'),
      token: text(fields, 'token', 'accesstoken', 'bearertoken', 'bearer', 'personalaccesstoken', 'pat'),
      clientId: text(fields, 'clientid'),
      clientSecret: text(fields, 'clientsecret'),
      refreshToken: text(fields, 'refreshtoken'),
      tokenUrl: text(fields, 'tokenurl'),
      tls: ssl && readTls(ssl),
      certificate: ssl && text(ssl, 'cert', 'certificate', 'clientcert'),
      certificateKey: ssl && text(ssl, 'key', 'privatekey', 'clientkey'),
    }),
  };
}

/** `{ "basic": { … } }` and `{ "credentials": { … } }` are what is in them. */
function unwrapped(fields: Fields): Fields {
  for (const name of ['credentials', 'basic', 'bearer', 'auth', 'config']) {
    const inner = recordIn(fields, name);
    if (inner !== undefined) return { ...fields, ...inner };
  }
  return fields;
}

/** `apiKey`, or `key` with the `header` that it is sent in. */
function readKeyAndHeader(fields: Fields): SignIn {
  const key = text(fields, 'apikey', 'apitoken', 'key', 'value');
  if (key === undefined) return {};
  const header = text(fields, 'header', 'headername', 'apikeyheader', 'keyname');
  if (header === undefined) return { apiKey: key };
  const inHeader = readHeaders({ [header]: withPrefix(key, text(fields, 'prefix', 'scheme')) });
  return inHeader;
}

function withPrefix(key: string, prefix: string | undefined): string {
  return prefix === undefined || key.startsWith(`${prefix} `) ? key : `${prefix} ${key}`;
}

/** The first header that signs in. */
function readHeaders(headers: Fields): SignIn {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || value === '' || value === MASK) continue;
    if (/^(accept|accept-.*|content-type|user-agent|cache-control|x-requested-with)$/i.test(name)) continue;
    if (!/^authorization$/i.test(name)) return { apiKey: value, apiKeyHeader: name };
    const [, scheme = '', rest = ''] = /^(\S+)\s+(.+)$/.exec(value.trim()) ?? [];
    if (/^basic$/i.test(scheme)) return readBasic(rest);
    return { token: /^bearer$/i.test(scheme) ? rest : value };
  }
  return {};
}

function readBasic(encoded: string): SignIn {
  const plain = Buffer.from(encoded, 'base64').toString('utf8');
  const at = plain.indexOf(':');
  return at < 1 ? {} : { username: plain.slice(0, at), password: plain.slice(at + 1) };
}

/** Without what is not said. Undefined: it says nothing. */
function readTls(ssl: Fields): Tls | undefined {
  const flags = ['verify', 'verifyssl', 'rejectunauthorized', 'insecure', 'allowselfsigned'];
  const said = flags.map((name) => [name, find(ssl, name)] as const).find(([, value]) => typeof value === 'boolean');
  const negative = said !== undefined && /^(insecure|allowselfsigned)$/.test(said[0]);
  const tls = present({
    verify: said === undefined ? undefined : said[1] !== negative,
    caPem: text(ssl, 'ca', 'capem', 'cacert'),
    fingerprint256: text(ssl, 'fingerprint256', 'fingerprint'),
    serverName: text(ssl, 'servername'),
  });
  return Object.keys(tls).length === 0 ? undefined : tls;
}

function find(fields: Fields, name: string): unknown {
  return Object.entries(fields).find(([key]) => key.toLowerCase().replaceAll(/[_-]/g, '') === name)?.[1];
}

function text(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = find(fields, name);
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string' && value !== '' && value !== MASK) return value;
  }
  return undefined;
}

function recordIn(fields: Fields, ...names: readonly string[]): Fields | undefined {
  for (const name of names) {
    const value = find(fields, name);
    if (isRecord(value)) return value;
  }
  return undefined;
}

/** Without the members that are undefined. */
function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
