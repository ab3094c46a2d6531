// JSON of files that people edit or strangers send: what is wrong with it is said with line and column, without its content.
import { RefusalError } from './refusal-error.ts';

/** Parses bytes as JSON. @throws RefusalError naming `name` and the place. */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusalError(`${name} is not UTF-8 text`);
  }
  if (text.startsWith('\uFEFF'))
    throw new RefusalError(`${name} starts with a byte order mark; save it as UTF-8 without`);
  try {
    return JSON.parse(text);
  } catch {
    const before = text.slice(0, faultOffset(text)).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new RefusalError(
      `${name} is not JSON: line ${before.length}, column ${column} is not what JSON allows there`,
    );
  }
}

const SPACE = /[\t\n\r ]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;

/** What may come next. `first` adds the end of an empty list or object; `end` follows the outermost value. */
type Wanted = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/** Where text stops being JSON: JSON.parse tells that for few faults only. Its length when nothing is wrong but the end. */
export function faultOffset(text: string): number {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  const take = (token: RegExp): boolean => {
    token.lastIndex = at;
    const found = token.test(text);
    if (found) at = token.lastIndex;
    return found;
  };
  const afterValue = (): Wanted => (open.length > 0 ? 'comma' : 'end');
  for (take(SPACE); at < text.length; take(SPACE)) {
    const char = text[at];
    const closes = (wanted === 'first value' || wanted === 'first key' || wanted === 'comma') && open.length > 0;
    if (closes && char === (open.at(-1) === '{' ? '}' : ']')) {
      open.pop();
      wanted = afterValue();
      at += 1;
    } else if (wanted === 'value' || wanted === 'first value') {
      if (char === '{' || char === '[') {
        open.push(char);
        wanted = char === '{' ? 'first key' : 'first value';
        at += 1;
      } else if (take(STRING) || take(SCALAR)) wanted = afterValue();
      else return at;
    } else if (wanted === 'key' || wanted === 'first key') {
      if (!take(STRING)) return at;
      wanted = 'colon';
    } else if (wanted === 'colon' && char === ':') {
      wanted = 'value';
      at += 1;
    } else if (wanted === 'comma' && char === ',') {
      wanted = open.at(-1) === '{' ? 'key' : 'value';
      at += 1;
    } else return at;
  }
  return at;
}
