// Data Center's wiki markup as plain text: how the words look is lost, the words are not. Anybody may write a ticket, so each step
// takes time that grows with the text's length and no faster: no pattern here looks back over what it has passed.

/** `{code:java}`, `{quote}`, `{color:red}` and their ends. */
const MACRO = /\{(?:code|noformat|quote|color|panel|anchor)(?::[^{}\n]{0,200})?\}/g;
const RULE = /^-{4,}\s*$/;
/** Headings, quotes, and points of lists. */
const START = /^\s*(?:h[1-6]\.|bq\.|[*#-]{1,6})[ \t]+/;
const LINE_BREAK = /\\\\(?=\s|$)/g;
const ESCAPED = /\\([{}[\]*_+^~!|?-])/g;
/** Around words: bold, italic, cited, under, up, down, struck. */
const MARKS = ['*', '_', '??', '+', '^', '~', '-'];
const LINK = /^(?:https?:|mailto:|[~^#])\S/;
const IMAGE = /^[^\s|!]+\.\w{2,5}(?:\||$)/;

/** The text, a line per block; null when there is none. */
export function textOfWiki(markup: string): string | null {
  const lines = markup.replace(/\r\n?/g, '\n').replace(MACRO, '').split('\n').map(plainLine);
  const text = lines
    .filter((line) => line.trim() !== '')
    .join('\n')
    .trim();
  return text === '' ? null : text;
}

function plainLine(line: string): string {
  if (RULE.test(line)) return '';
  let text = line.replace(START, '').replace(LINE_BREAK, '\n');
  text = between(text, '[', ']', linkText);
  text = between(text, '!', '!', (inner) => (IMAGE.test(inner) ? (inner.split('|', 1)[0] ?? '') : undefined));
  if (text.startsWith('|')) text = cellsOf(text);
  text = between(text, '{{', '}}', (inner) => inner);
  for (const mark of MARKS) {
    text = between(text, mark, mark, (inner, before, after) =>
      isMarked(inner) && !isWordLike(before, mark) && before !== '\\' && !isWordLike(after, mark) ? inner : undefined,
    );
  }
  return text.replace(ESCAPED, '$1').trimEnd();
}

/** Replaces what stands between two marks, and the marks; what `replace` answers nothing for stays, and its end may begin the next. */
function between(
  text: string,
  open: string,
  close: string,
  replace: (inner: string, before: string, after: string) => string | undefined,
): string {
  let result = '';
  let done = 0;
  let from = text.indexOf(open);
  while (from !== -1) {
    const to = text.indexOf(close, from + open.length);
    if (to === -1) break;
    const inner = text.slice(from + open.length, to);
    const plain = replace(inner, text[from - 1] ?? '', text[to + close.length] ?? '');
    if (plain === undefined) from = text.indexOf(open, open === close ? to : to + close.length);
    else {
      result += text.slice(done, from) + plain;
      done = to + close.length;
      from = text.indexOf(open, done);
    }
  }
  return result + text.slice(done);
}

/** `text|url`, `~user`, `url`; other brackets are only brackets. */
function linkText(inner: string): string | undefined {
  const [first = '', second] = inner.split('|', 2);
  if (second !== undefined) return first.trim() === '' ? second : first;
  return LINK.test(inner) ? inner.replace(/^~(?:accountid:)?/, '') : undefined;
}

function cellsOf(row: string): string {
  const cells = row.split('|').map((cell) => cell.trim());
  return cells.filter((cell) => cell !== '').join(' ');
}

function isMarked(inner: string): boolean {
  return inner !== '' && inner.trim().length === inner.length;
}

function isWordLike(char: string, mark: string): boolean {
  return /[\p{L}\p{N}_]/u.test(char) || (mark.includes(char) && char !== '');
}
