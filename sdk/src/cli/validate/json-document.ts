// A JSON file of the package, with the line of each member.
import { parseExpressionAt } from 'acorn';
import { memberAt } from '../../build/declared.ts';
import { stepsOfPointer } from '../../build/json-path.ts';
import type { Place } from '../../build/place.ts';

export class JsonDocument {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly #text: string;

  /** @throws Error when it is no JSON object. */
  constructor(file: string, text: string) {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) throw new Error('must be a JSON object');
    this.file = file;
    this.value = value as Record<string, unknown>;
    this.#text = text;
  }

  /** The member, or the nearest one above it that is there. */
  placeOf(pointer: string): Place {
    try {
      const root = parseExpressionAt(this.#text, 0, { ecmaVersion: 'latest', locations: true });
      const { loc } = memberAt(root, stepsOfPointer(pointer));
      if (loc) return { file: this.file, line: loc.start.line, column: loc.start.column + 1 };
    } catch {
      // A few names mean something else in JavaScript; the pointer says enough.
    }
    return { file: this.file };
  }
}
