// Text that people write with placeholders in it: `${client.jiraProject}`; `$${` is a literal `${`.

/** Why a text cannot be filled, and what to do; whoever knows the place adds it. */
export class FillError extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.name = 'FillError';
    this.next = next;
  }
}

/** Literal text, or the name of a client parameter. */
export type Part = { readonly text: string } | { readonly parameter: string };

const OPENING = /\$\$\{|\$\{([^${}]*)(\}?)/g;
const PARAMETER = /^client\.([A-Za-z][A-Za-z0-9_]{0,59})$/;

export function hasPlaceholder(text: string): boolean {
  return text.includes('${');
}

/** @throws FillError for a placeholder that is none of the client's. */
export function parseTemplate(text: string): Part[] {
  const parts: Part[] = [];
  let read = 0;
  let literal = '';
  for (const match of text.matchAll(OPENING)) {
    const [whole, inside, closing] = match;
    literal += text.slice(read, match.index);
    read = match.index + whole.length;
    if (inside === undefined) {
      literal += '${';
      continue;
    }
    parts.push({ text: literal }, { parameter: parameterOf(inside, closing === '}') });
    literal = '';
  }
  return [...parts, { text: literal + text.slice(read) }].filter((part) => !('text' in part) || part.text !== '');
}

function parameterOf(inside: string, isClosed: boolean): string {
  const name = isClosed ? PARAMETER.exec(inside)?.[1] : undefined;
  if (name !== undefined) return name;
  const what = isClosed
    ? `has the placeholder "\${${inside.slice(0, 80)}}", which is not known`
    : 'has a "${" without its "}"';
  throw new FillError(
    what,
    'Write ${client.<name>} for a parameter of the client, or $${ where you mean the characters ${.',
  );
}
