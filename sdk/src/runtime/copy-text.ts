// Text as PostgreSQL's COPY takes it.

const SPECIAL = /[\\\t\n\r\0]/;
const ALL_SPECIAL = /[\\\t\n\r\0]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  // PostgreSQL's text has no NUL. Half a surrogate pair becomes the same when the line is encoded.
  '\0': '\ufffd',
};
/** An escape of JSON; text that only looks like one has a backslash before its own, which the second alternative takes. */
const JSON_ESCAPE = /\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|.)/g;
const UNSTORABLE_ESCAPE_LENGTH = 6;

/** A loop looks through a shorter text before a regular expression has begun. */
const SHORT = 32;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;

export function escapeText(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_SPECIAL, (character) => ESCAPES[character] ?? character);
}

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !SPECIAL.test(text);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Control characters that need no escape are as rare as those that do.
    if (code <= CARRIAGE_RETURN || code === BACKSLASH) return false;
  }
  return true;
}

/** JSON writes what PostgreSQL cannot store as escapes, and pairs of surrogates as themselves: those that are left are halves. */
export function storableJson(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(JSON_ESCAPE, (found) => (found.length === UNSTORABLE_ESCAPE_LENGTH ? '\\ufffd' : found));
}
