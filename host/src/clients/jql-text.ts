// Values inside JQL. A value becomes a quoted literal, or part of the literal that the placeholder stands in: never anything else.
import { FillError, type Part } from './template.ts';

/** What JQL's grammar refuses inside quotes: control characters, line separators, lone surrogates, noncharacters. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]/gu;

/** What may stand beside an operand: otherwise the literal would run into its neighbour. */
const BOUNDARY = /[\s()[\],=<>!~&|]/;

type Quote = '"' | "'";

export function fillJql(parts: readonly Part[], valueOf: (name: string) => string): string {
  const position = new Position();
  let filled = '';
  for (const [at, part] of parts.entries()) {
    if ('text' in part) {
      position.read(part.text);
      filled += part.text;
      continue;
    }
    if (position.isInEscape) throw misplaced(part.parameter, 'stands right after a backslash');
    const { quote } = position;
    if (quote === undefined && !isApart(parts, at)) throw misplaced(part.parameter, 'touches other text');
    const value = escape(valueOf(part.parameter), quote ?? '"');
    filled += quote === undefined ? `"${value}"` : value;
  }
  return filled;
}

/** Where in JQL a text ends: outside of quotes, inside, or in the middle of an escape. */
class Position {
  quote: Quote | undefined;
  #escaping = false;
  /** Digits that `\u` still takes. */
  #digits = 0;

  get isInEscape(): boolean {
    return this.#escaping || this.#digits > 0;
  }

  read(text: string): void {
    for (const char of text) this.#take(char);
  }

  #take(char: string): void {
    if (this.#escaping) {
      this.#escaping = false;
      this.#digits = char === 'u' ? 4 : 0;
      return;
    }
    this.#digits = this.#digits > 0 && /[0-9a-fA-F]/.test(char) ? this.#digits - 1 : 0;
    // Outside of quotes too: there `\"` is a character of a word.
    if (char === '\\') this.#escaping = true;
    else if (char === this.quote) this.quote = undefined;
    else if (this.quote === undefined && (char === '"' || char === "'")) this.quote = char;
  }
}

function isApart(parts: readonly Part[], at: number): boolean {
  const before = parts[at - 1];
  const after = parts[at + 1];
  const stands = (part: Part | undefined, edge: 0 | -1): boolean =>
    part === undefined || ('text' in part && BOUNDARY.test(part.text.at(edge) ?? ''));
  return stands(before, -1) && stands(after, 0);
}

function escape(value: string, quote: Quote): string {
  return value
    .replace(quote === '"' ? /["\\]/g : /['\\]/g, '\\$&')
    .replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function misplaced(name: string, what: string): FillError {
  return new FillError(
    `has \${client.${name}} in a place where its value could be read as something else: it ${what}`,
    `Put spaces around \${client.${name}}, or double quotes around the whole value that it is part of.`,
  );
}
