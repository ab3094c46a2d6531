// From what went over the wire to what may be kept: secrets are taken out by value in every form, credentials by where they stand.
import type { CassetteExchange } from '@jackfield/schemas';
import { bodyOf } from './body.ts';
import { secretForms } from './secret-forms.ts';
import { isCredentialHeader, REMOVED, SECRET_MEMBER, SECRET_PARAM } from './suspicion.ts';

/** What stands for the base URL's origin: recorded there, played anywhere. */
export const BASE = 'https://base.invalid';

export interface WireRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: string;
  readonly body: Uint8Array | null;
}

export interface WireExchange extends WireRequest {
  /** Of the instance; null when there is none. */
  readonly baseOrigin: string | null;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Decoded. */
  readonly answer: Uint8Array;
}

/** About the connection, or no longer so when it is played. */
const DROPPED: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length', 'trailer', 'upgrade'],
  ...['date', 'age', 'server', 'via', 'alt-svc', 'strict-transport-security', 'report-to', 'nel'],
]);

/** How text is cleaned: the same for what is recorded and for what is asked when it is played. */
export function createCleaner(secrets: Iterable<string>, baseOrigin: string | null): (text: string) => string {
  const forms = secretForms(secrets);
  return (text) => {
    let clean = text;
    for (const form of forms) clean = clean.replaceAll(form, REMOVED);
    clean = clean.replaceAll(SECRET_MEMBER, (_, head: string) => `${head}"${REMOVED}"`);
    return baseOrigin === null ? clean : clean.replaceAll(baseOrigin, BASE);
  };
}

export function cleanUrl(url: string, clean: (text: string) => string): string {
  return clean(url).replaceAll(SECRET_PARAM, (_, head: string) => head + REMOVED);
}

export function toExchange(wire: WireExchange, secrets: Iterable<string>): CassetteExchange {
  const clean = createCleaner(secrets, wire.baseOrigin);
  const asked = wire.body === null ? undefined : bodyOf(wire.body, clean);
  const answer = bodyOf(wire.answer, clean);
  return {
    request: {
      method: wire.method.toUpperCase(),
      url: cleanUrl(wire.url, clean),
      ...(asked === undefined ? {} : { body: asked }),
    },
    response: {
      status: wire.status,
      headers: wire.headers
        .filter(([name]) => !DROPPED.has(name.toLowerCase()) && !isCredentialHeader(name))
        .map(([name, value]): [string, string] => [name.toLowerCase(), cleanUrl(value, clean)]),
      ...(answer === undefined ? {} : { body: answer }),
    },
  };
}
