import { textOfDocument } from './adf.ts';
import { textOfWiki } from './wiki.ts';

/** A description or a comment as plain text, a line per block: version 3 of the API gives a document, version 2 wiki markup. */
export function richTextOf(value: unknown): string | null {
  return typeof value === 'string' ? textOfWiki(value) : textOfDocument(value);
}
