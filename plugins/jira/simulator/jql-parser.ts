// The part of JQL's grammar that dashboards use. What it does not know it refuses, as Jira does.

export class JqlError extends Error {}

export type JqlValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  /** `-30d`: milliseconds from now. */
  | { readonly kind: 'relative'; readonly offset: number }
  | { readonly kind: 'call'; readonly name: string }
  | { readonly kind: 'empty' };

export const OPERATORS = ['=', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is', 'is not'] as const;
export type JqlOperator = (typeof OPERATORS)[number];

export type JqlExpression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly JqlExpression[] }
  | { readonly kind: 'not'; readonly part: JqlExpression }
  | {
      readonly kind: 'clause';
      readonly field: string;
      readonly operator: JqlOperator;
      readonly values: readonly JqlValue[];
    };

export interface Jql {
  /** Undefined when nothing restricts the search. */
  readonly where: JqlExpression | undefined;
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
}

interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\', ' ': ' ' };
const FORBIDDEN = /[\p{Cc}\p{Cs}\ufdd0-\ufdef\ufffe\uffff]/u;

/** @throws JqlError with the place where the text stops making sense. */
export function parseJql(source: string): Jql {
  return new Parser(source).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #position = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
    this.#end = { kind: 'end', text: '', at: source.length };
  }

  parse(): Jql {
    const where = this.#peek().kind === 'end' || this.#is('order') ? undefined : this.#or();
    let orderBy: Jql['orderBy'] = [];
    if (this.#accept('order')) {
      this.#expect('by');
      orderBy = this.#order();
    }
    const rest = this.#peek();
    if (rest.kind !== 'end') fail(`Expecting either 'OR' or 'AND' but got '${rest.text}'`, rest.at);
    return { where, orderBy };
  }

  #or(): JqlExpression {
    const first = this.#and();
    const parts = [first];
    while (this.#accept('or') || this.#accept('||')) parts.push(this.#and());
    return parts.length === 1 ? first : { kind: 'or', parts };
  }

  #and(): JqlExpression {
    const first = this.#not();
    const parts = [first];
    while (this.#accept('and') || this.#accept('&&')) parts.push(this.#not());
    return parts.length === 1 ? first : { kind: 'and', parts };
  }

  #not(): JqlExpression {
    if (this.#accept('not') || this.#accept('!')) return { kind: 'not', part: this.#not() };
    if (!this.#accept('(')) return this.#clause();
    const inner = this.#or();
    this.#expect(')');
    return inner;
  }

  #clause(): JqlExpression {
    const field = this.#field();
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'not in' ? this.#list() : [this.#value()];
    return { kind: 'clause', field, operator, values };
  }

  #field(): string {
    const token = this.#take();
    if (token.kind === 'symbol' || token.kind === 'end')
      fail(`Expecting a field name but got '${token.text}'`, token.at);
    return token.text;
  }

  #operator(): JqlOperator {
    const token = this.#take();
    const word = token.text.toLowerCase();
    const operator =
      word === 'not' && this.#accept('in') ? 'not in' : word === 'is' && this.#accept('not') ? 'is not' : word;
    return (
      OPERATORS.find((known) => token.kind !== 'string' && known === operator) ??
      fail(`Expecting an operator but got '${token.text}'`, token.at)
    );
  }

  #list(): JqlValue[] {
    this.#expect('(');
    const values = [this.#value()];
    while (this.#accept(',')) values.push(this.#value());
    this.#expect(')');
    return values;
  }

  #value(): JqlValue {
    const token = this.#take();
    if (token.kind === 'string') return { kind: 'text', text: token.text };
    if (token.kind !== 'word') fail(`Expecting a value but got '${token.text}'`, token.at);
    if (!this.#accept('(')) return parseWord(token);
    this.#expect(')');
    return { kind: 'call', name: token.text.toLowerCase() };
  }

  #order(): Jql['orderBy'] {
    const orders: { field: string; descending: boolean }[] = [];
    do {
      const field = this.#field();
      const descending = this.#accept('desc');
      if (!descending) this.#accept('asc');
      orders.push({ field, descending });
    } while (this.#accept(','));
    return orders;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? this.#end;
  }

  #take(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  /** A quoted word is never a keyword. */
  #is(word: string): boolean {
    const { kind, text } = this.#peek();
    return kind !== 'string' && text.toLowerCase() === word;
  }

  #accept(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#position++;
    return true;
  }

  #expect(word: string): void {
    const { text, at } = this.#peek();
    if (!this.#accept(word)) fail(`Expecting '${word}' but got '${text}'`, at);
  }
}

function parseWord({ text, at }: Token): JqlValue {
  if (/^(empty|null)$/i.test(text)) return { kind: 'empty' };
  if (/^-?\d+$/.test(text)) return { kind: 'number', number: Number(text) };
  const relative = /^(-?\d+)([mhdw])$/.exec(text);
  if (relative) return { kind: 'relative', offset: Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0) };
  if (/^(and|or|not|in|is|order|by|asc|desc)$/i.test(text)) fail(`'${text}' is a reserved JQL word`, at);
  return { kind: 'text', text };
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const blank = /^\s+/.exec(rest);
    const symbol = /^(&&|\|\||!=|<=|>=|[=<>!(),])/.exec(rest);
    const word = /^[\p{L}\p{N}_.:-]+/u.exec(rest);
    if (blank) at += blank[0].length;
    else if (rest.startsWith('"') || rest.startsWith("'")) {
      const { text, length } = readString(rest, at);
      tokens.push({ kind: 'string', text, at });
      at += length;
    } else {
      const match = symbol ?? word ?? fail(`The character '${rest[0]}' is a reserved JQL character`, at);
      tokens.push({ kind: symbol ? 'symbol' : 'word', text: match[0], at });
      at += match[0].length;
    }
  }
  return tokens;
}

function readString(source: string, at: number): { text: string; length: number } {
  const quote = source[0];
  let text = '';
  for (let i = 1; i < source.length; i++) {
    const char = source[i] as string;
    if (char === quote) return { text, length: i + 1 };
    if (char !== '\\') {
      const whole = String.fromCodePoint(source.codePointAt(i) ?? 0);
      if (FORBIDDEN.test(whole)) fail('The quoted string holds a control character', at + i);
      text += whole;
      i += whole.length - 1;
      continue;
    }
    const escaped = source[++i] ?? '';
    const hex = /^[0-9a-fA-F]{4}/.exec(source.slice(i + 1))?.[0];
    if (escaped === 'u' && hex) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      i += 4;
    } else text += ESCAPES[escaped] ?? fail(`'\\${escaped}' is an illegal JQL escape sequence`, at + i);
  }
  return fail('The quoted string has not been completed', at);
}

function fail(message: string, at: number): never {
  throw new JqlError(`Error in the JQL Query: ${message}. (line 1, character ${at + 1})`);
}
