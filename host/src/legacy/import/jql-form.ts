// One form for the many ways to write a JQL, so that it can be told whether it asks what a default query asks.

export interface JqlForm {
  /** Conditions that all have to hold, in one order. Without those on the project, and without ORDER BY. */
  readonly conditions: readonly string[];
  /** Keys of the projects that it is restricted to; undefined: it is not. */
  readonly projects: readonly string[] | undefined;
}

/** Ways to write that an issue is open, as the plugin writes it. */
const OPEN = /^(resolution (= unresolved|is empty)|statuscategory != "?done"?|statuscategory not in \("?done"?\))$/;
const SAME: readonly (readonly [RegExp, string])[] = [
  [OPEN, 'statuscategory != done'],
  [/^(due|duedate) < (now\(\)|startofday\(\))$/, 'duedate < now()'],
  [/^assignee (is empty|= empty|is null)$/, 'assignee is empty'],
];
const KEY = /^"?([A-Z][A-Z0-9_]{1,254})"?$/i;

/** Undefined: it has an OR or a bracket whose meaning is not looked for. */
export function jqlForm(jql: string): JqlForm | undefined {
  const text = withoutOrder(jql).trim();
  const parts = splitAnd(text);
  if (parts === undefined) return undefined;
  const conditions: string[] = [];
  let projects: readonly string[] | undefined;
  for (const part of parts) {
    const named = projectsOf(part);
    if (named === undefined) conditions.push(normal(part));
    else if (projects === undefined) projects = named;
    else return undefined;
  }
  return { conditions: [...new Set(conditions)].toSorted(), projects };
}

function withoutOrder(jql: string): string {
  const outside = masked(jql);
  const at = outside.search(/\border\s+by\b/i);
  return at === -1 ? jql : jql.slice(0, at);
}

/** The text with the insides of quotes as dots, so that positions are those of the text. */
function masked(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (quoted) => '.'.repeat(quoted.length));
}

function splitAnd(text: string): string[] | undefined {
  const outside = masked(text);
  if (
    /\bor\b|&&|\|\|/i.test(
      outside.replaceAll(/\([^()]*\)/g, (list) => (/\bor\b/i.test(list) ? list : '.'.repeat(list.length))),
    )
  )
    return undefined;
  const parts: string[] = [];
  let from = 0;
  for (const match of outside.matchAll(/\band\b/gi)) {
    if (depthAt(outside, match.index) > 0) continue;
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function depthAt(text: string, end: number): number {
  let depth = 0;
  for (const char of text.slice(0, end)) depth += char === '(' ? 1 : char === ')' ? -1 : 0;
  return depth;
}

function projectsOf(part: string): string[] | undefined {
  const [, one, many] = /^project\s*(?:=\s*([^\s()]+)|in\s*\(([^()]+)\))$/i.exec(part) ?? [];
  const values = one === undefined ? many?.split(',') : [one];
  const keys = values?.map((value) => KEY.exec(value.trim().replaceAll("'", '"'))?.[1]?.toUpperCase());
  return keys === undefined || keys.includes(undefined) ? undefined : (keys as string[]);
}

function normal(part: string): string {
  const text = part
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\s*(!=|<=|>=|=|<|>|~|!~)\s*/g, ' $1 ')
    .replaceAll(/\s*,\s*/g, ', ')
    .replaceAll(/\(\s+|\s+\)/g, (bracket) => bracket.trim())
    .replaceAll("'", '"')
    .trim()
    .toLowerCase()
    .replaceAll(/"([a-z]+)"/g, '$1');
  return SAME.find(([form]) => form.test(text))?.[1] ?? text;
}
