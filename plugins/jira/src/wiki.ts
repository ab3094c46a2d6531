// Data Center's wiki markup as plain text: what the marks do to a text's look is lost, its words are not.

/** `{code:java}`, `{quote}`, `{color:red}` and their ends. */
const MACRO = /\{(?:code|noformat|quote|color|panel|anchor)(?::[^{}\n]*)?\}/g;
/** `[text|url]`, `[~user]`, `[url]`. */
const LINK = /\[(?:([^\]|\n]+)\|)?([^\]|\n]+)(?:\|[^\]\n]*)?\]/g;
const IMAGE = /(?<![\w!])!([^\s!|][^!|\n]*)(?:\|[^!\n]*)?!(?!\w)/g;
/** Marks around words: `*bold*`, `_italic_`, `+under+`, `-struck-`, `??cite??`, `^up^`, `~down~`, `{{code}}`. */
const MARKS = [/\{\{([^{}\n]+)\}\}/g, /(?<![\w?])\?\?(\S(?:[^\n]*?\S)?)\?\?(?![\w?])/g].concat(
  ['\\*', '_', '\\+', '\\^', '~', '-'].map(
    (mark) =>
      new RegExp(`(?<![\\w${mark}\\\\])${mark}(?=\\S)((?:(?!${mark})[^\\n])*(?<=\\S))${mark}(?![\\w${mark}])`, 'g'),
  ),
);

export function textOfWiki(markup: string): string | null {
  let text = markup
    .replace(/\r\n?/g, '\n')
    .replace(MACRO, '')
    .replace(IMAGE, '$1')
    .replace(
      LINK,
      (_whole, label: string | undefined, target: string) => label ?? target.replace(/^~(accountid:)?/, ''),
    )
    .replace(/^h[1-6]\.[ \t]+/gm, '')
    .replace(/^bq\.[ \t]+/gm, '')
    .replace(/^[*#-]{1,6}[ \t]+/gm, '')
    .replace(/^-{4,}[ \t]*$/gm, '')
    .replace(/^\|\|?(.*?)\|\|?[ \t]*$/gm, (_row, cells: string) =>
      cells
        .split(/\|\|?/)
        .map((cell) => cell.trim())
        .join(' '),
    )
    .replace(/\\\\(?=\s|$)/gm, '\n');
  for (const mark of MARKS) text = text.replace(mark, '$1');
  text = text
    .replace(/\\([{}[\]*_+^~!|-])/g, '$1')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
  return text === '' ? null : text;
}
