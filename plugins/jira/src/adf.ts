// Rich text (Atlassian Document Format, version 3 of the API) as plain text; version 2 and Data Center give a string already.
import { textOf, partOf } from './issue.ts';
import { isObject } from './request.ts';

/** As deep as anybody nests lists in tables; a document that goes deeper is cut there. */
const DEEPEST = 100;
const INLINE = new Set(['text', 'hardBreak', 'mention', 'emoji', 'date', 'status', 'inlineCard', 'mediaInline']);

/** The text, a line per block; null when there is none. */
export function textOfDocument(value: unknown): string | null {
  const plain = textOf(value);
  if (plain !== null) return plain;
  if (!isObject(value)) return null;
  // Line by line: a pattern for blanks at the ends of lines takes ages where there are many.
  const lines = textOfNode(value, 0).split('\n');
  const text = lines
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n')
    .trim();
  return text === '' ? null : text;
}

function textOfNode(node: unknown, depth: number): string {
  if (!isObject(node) || depth > DEEPEST) return '';
  const type = textOf(node.type) ?? '';
  if (INLINE.has(type)) return textOfInline(type, node);
  const content = Array.isArray(node.content) ? node.content.map((child) => textOfNode(child, depth + 1)).join('') : '';
  const card = partOf(node.attrs, 'url');
  return `${content}${content === '' && card !== null ? card : ''}\n`;
}

function textOfInline(type: string, node: Record<string, unknown>): string {
  if (type === 'text') return textOf(node.text) ?? '';
  if (type === 'hardBreak') return '\n';
  if (type === 'date') return dayOf(partOf(node.attrs, 'timestamp'));
  return (
    ['text', 'shortName', 'url', 'alt'].map((part) => partOf(node.attrs, part)).find((each) => each !== null) ?? ''
  );
}

/** Milliseconds since the epoch, as text. */
function dayOf(timestamp: string | null): string {
  const date = new Date(Number(timestamp ?? Number.NaN));
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10);
}
