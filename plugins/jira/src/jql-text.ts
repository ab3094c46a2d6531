// JQL that people write, cut into its condition and its order. Only what every Jira reads in one way passes: a text that two
// parsers could cut differently could leave the brackets that it is put into.
import { VendorError } from '@jackfield/sdk';

export interface JqlText {
  /** Without the order; empty when nothing restricts the search. */
  readonly where: string;
  /** `ORDER BY …`, or empty. */
  readonly orderBy: string;
}

interface Token {
  readonly kind: 'word' | 'string' | 'symbol';
  readonly text: string;
  readonly at: number;
}

/** The alphabet of Jira's own grammar. Strings may hold line breaks; a backslash escapes in strings only. */
const BLANK = /[ \t\r\n]+/y;
const STRING = /"(?:[^"\\]|\\(?:[tnr"'\\ ]|u[0-9a-fA-F]{4}))*"|'(?:[^'\\]|\\(?:[tnr"'\\ ]|u[0-9a-fA-F]{4}))*'/y;
const SYMBOL = /[=!<>~(),[\]&|]/y;
const WORD = /[^=!<>~(),[\]&|"'\\{}*/%+^$#@?; \t\r\n]+/y;
/** What Jira refuses everywhere. U+FFFF even means the end of the text to it. */
const FORBIDDEN = /[[\p{Cc}\p{Cs}\ufdd0-\ufdef\ufffe\uffff]--[\t\r\n]]/v;

/** @throws VendorError `params_invalid` with the place where the text stops making sense. */
export function parseJqlText(source: string): JqlText {
  const forbidden = FORBIDDEN.exec(source);
  if (forbidden) throw refused(`the character at ${forbidden.index + 1} cannot be part of JQL`);
  const tokens = tokenize(source);
  const order = tokens.findIndex((token, index) => isWord(token, 'order') && isWord(tokens[index + 1], 'by'));
  const [where, sorts] = order < 0 ? [tokens, []] : [tokens.slice(0, order), tokens.slice(order)];
  assertBalanced(where);
  const stray = sorts.find(({ kind, text }) => kind === 'symbol' && !/[,[\]]/.test(text));
  if (stray) throw refused(`"${stray.text}" at ${stray.at + 1} cannot stand in an ORDER BY`);
  const end = tokens[order]?.at ?? source.length;
  return { where: source.slice(0, end).trim(), orderBy: source.slice(end).trim() };
}

/** The text, restricted by a condition that it cannot get around, in its own order or else in the given one. */
export function restrictJql(source: string, condition: string | undefined, order = ''): string {
  const { where, orderBy } = parseJqlText(source);
  const parts = where === '' ? [condition] : condition === undefined ? [where] : [`(${where})`, condition];
  const whole = [parts.filter((part) => part !== undefined).join(' AND '), orderBy === '' ? order : orderBy];
  return whole.filter((part) => part !== '').join(' ');
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const blank = take(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = tokenAt(take, at) ?? fail(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(take: (pattern: RegExp) => string | undefined, at: number): Token | undefined {
  for (const [kind, pattern] of [
    ['string', STRING],
    ['symbol', SYMBOL],
    ['word', WORD],
  ] as const) {
    const text = take(pattern);
    if (text !== undefined) return { kind, text, at };
  }
  return undefined;
}

function assertBalanced(tokens: readonly Token[]): void {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== 'symbol') continue;
    if (token.text === '(' || token.text === '[') open.push(token);
    const opens = token.text === ')' ? '(' : token.text === ']' ? '[' : undefined;
    if (opens !== undefined && open.pop()?.text !== opens) {
      throw refused(`"${token.text}" at ${token.at + 1} closes nothing`);
    }
  }
  const [unclosed] = open;
  if (unclosed) throw refused(`"${unclosed.text}" at ${unclosed.at + 1} is not closed`);
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

function fail(source: string, at: number): never {
  const [char = ''] = source.slice(at);
  if (char === '"' || char === "'") throw refused(`the quote at ${at + 1} is not closed, or holds an unknown escape`);
  if (char === '\\') throw refused(`the backslash at ${at + 1} stands outside quotes: quote the value instead`);
  throw refused(`"${char}" at ${at + 1} is reserved: quote the value that holds it`);
}

function refused(what: string): VendorError {
  return new VendorError('params_invalid', `jql: ${what}`);
}
