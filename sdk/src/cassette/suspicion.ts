// What a secret looks like to somebody who does not know it: by the header, member or parameter it stands in, and by its own shape.

export const REMOVED = '[secret]';

const CREDENTIAL_HEADERS = /^(proxy-)?auth|cookie|www-authenticate|api-?key|token|secret|session/i;
/** Tokens of pages lead on in a list, and open nothing. */
const PAGES = /page|next|cursor|continu|sync/i;

export function isCredentialHeader(name: string): boolean {
  return CREDENTIAL_HEADERS.test(name) && !PAGES.test(name);
}

const NAMES =
  '(?:password|passwd|passphrase|secret|client_?secret|api_?key|api_?token|access_?token|refresh_?token|id_?token|auth_?token|private_?key|session_?id|session_?key|token)';

/** A JSON member of such a name with a text, its head as the first group. Text within JSON text has backslashes before its quotes. */
export const SECRET_MEMBER: RegExp = new RegExp(`("${NAMES}"\\s*:\\s*)"(?!\\[secret\\]")(?:[^"\\\\]|\\\\.)+"`, 'gi');

/** A parameter of such a name, its head as the first group. */
export const SECRET_PARAM: RegExp = new RegExp(`((?:^|[?&#;])${NAMES}=)(?!\\[secret\\])[^&#\\s"'<>]+`, 'gi');

/** What has no innocent meaning, and what it is. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, 'a signed token (JWT)'],
  [/\b(?:Bearer|Basic) +(?!\[secret\])[A-Za-z0-9+/._~=-]{12,}/i, 'an Authorization value'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\bgh[opsu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}/, 'a GitHub token'],
  [/\bxox[abeprs]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/\bATATT3x[\w=-]{20,}/, 'an Atlassian API token'],
  [/\bglpat-[\w-]{20,}/, 'a GitLab token'],
  [/\/\/[^/\s:@"']+:(?!\[secret\])[^/\s@"']+@/, 'a URL with a password'],
];

export interface SecretShape {
  readonly what: string;
  /** Where it is in the text. */
  readonly at: number;
  readonly length: number;
}

/** What in this text is a secret by its shape alone, and where it begins; never the secret itself. */
export function secretShapeOf(text: string): SecretShape | undefined {
  for (const [shape, what] of SHAPES) {
    const found = shape.exec(text);
    if (found) return { what, at: found.index, length: found[0].length };
  }
  return undefined;
}

/** What in this text looks like a secret; never the secret itself. */
export function suspicionOf(text: string): string | undefined {
  const shape = secretShapeOf(text);
  if (shape !== undefined) return shape.what;
  // Copies: a global expression remembers where it stopped.
  const member = new RegExp(SECRET_MEMBER.source, 'i').exec(text);
  if (member !== null) return `a value of ${member[1]?.replace(/\s*:\s*$/, '')}`;
  const param = new RegExp(SECRET_PARAM.source, 'i').exec(text);
  return param === null ? undefined : `a value of the parameter "${param[1]?.replaceAll(/[^\w]/g, '')}"`;
}
