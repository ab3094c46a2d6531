// What of a document is a secret. In a sign-in everything is one that is not known to be none; elsewhere names have to tell.
import { isRecord } from './cells.ts';

import { MASK } from '../rows.ts';

/** `signIn`: the document is one, so what has no known name is a secret too. */
export type Kind = 'signIn' | 'other';

export interface Taken {
  /** The document with masks in it. */
  readonly masked: unknown;
  /** Secrets by JSON pointer. */
  readonly secrets: ReadonlyMap<string, string>;
}

const PUBLIC = new Set(
  [
    'username|user|email|login|account|domain|realm|tenant|tenantid|clientid|type|authtype|auth_type|method|in|location|prefix|scheme',
    'header|headername|keyname|name|param|parameter|scope|scopes|granttype|tokenurl|authurl|url|baseurl|host|port|enabled',
    'verify|rejectunauthorized|verifyssl|insecure|servername|fingerprint|fingerprint256|ca|capem|cacert|cert|certificate|clientcert',
    'allowselfsigned|expires|expiresat|expiresin|expiry|version|apiversion|timeout|description',
  ].flatMap((names) => names.split('|')),
);
const SECRET =
  /pass(word|wd|phrase)?$|^pwd$|secret|token$|api_?-?key|access_?-?key|private_?-?key|credential|^authorization$|^x-.*(key|token)$|^cookie$/i;
/** Headers that say nothing about who asks. */
const PLAIN_HEADER = /^(accept|accept-.*|content-type|user-agent|cache-control|x-requested-with)$/i;

/** `takes`: whether a secret is taken; those that are not stay in the document. Left out: all are. */
export function takeSecrets(document: unknown, kind: Kind, takes: (secret: string) => boolean = () => true): Taken {
  const secrets = new Map<string, string>();
  const masked = walk(document, kind, '', undefined, { secrets, takes });
  return { masked, secrets };
}

interface Taking {
  readonly secrets: Map<string, string>;
  readonly takes: (secret: string) => boolean;
}

function walk(value: unknown, kind: Kind, pointer: string, under: string | undefined, taking: Taking): unknown {
  if (Array.isArray(value)) return value.map((item, index) => walk(item, kind, `${pointer}/${index}`, under, taking));
  if (isRecord(value)) {
    const isHeaders = /headers$/i.test(under ?? '');
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        if (typeof item === 'object' && item !== null) return [name, walk(item, kind, at, name, taking)];
        return [
          name,
          isSecret(name, item, kind, isHeaders)
            ? take(at, item as string | number, taking)
            : withoutUserinfo(at, item, taking),
        ];
      }),
    );
  }
  if (kind === 'signIn' && isValue(value)) return take(pointer, value, taking);
  return value;
}

function isSecret(name: string, value: unknown, kind: Kind, isHeaders: boolean): boolean {
  if (!isValue(value)) return false;
  if (isHeaders) return !PLAIN_HEADER.test(name);
  if (PUBLIC.has(name.toLowerCase().replaceAll(/[_-]/g, ''))) return false;
  return kind === 'signIn' ? typeof value === 'string' || SECRET.test(name) : SECRET.test(name);
}

function isValue(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '' && value !== MASK) || typeof value === 'number';
}

function take(pointer: string, value: string | number, { secrets, takes }: Taking): unknown {
  if (!takes(String(value))) return value;
  secrets.set(pointer, String(value));
  return MASK;
}

/** `https://user:password@host` in whatever field. */
function withoutUserinfo(pointer: string, value: unknown, { secrets, takes }: Taking): unknown {
  if (typeof value !== 'string' || !value.includes('@')) return value;
  const url = URL.parse(value);
  const password = decoded(url?.password ?? '');
  if (url === null || password === '' || password === MASK || !takes(password)) return value;
  secrets.set(pointer, password);
  url.password = MASK;
  return url.href;
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
