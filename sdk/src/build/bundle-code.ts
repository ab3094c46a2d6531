// What a bundle says, without running it: its syntax tree, with every node's place in the author's files.
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { parse, type AnyNode, type Program } from 'acorn';
import { simple } from 'acorn-walk';
import type { ReadMisspelling } from '../runtime/misspelt.ts';
import type { Bundled } from './bundle.ts';
import { declaredAt } from './declared.ts';
import type { Place } from './place.ts';

export class BundleCode {
  readonly #text: string;
  readonly #map: TraceMap | undefined;
  readonly #file: string;
  #program: Program | undefined;

  /** `file`: the entry, relative to the plugin's folder, for what has no other place; without a map the bundle itself. */
  constructor({ bytes, map }: Pick<Bundled, 'bytes'> & Partial<Bundled>, file: string) {
    this.#text = Buffer.from(bytes).toString();
    this.#map = map === undefined ? undefined : new TraceMap(map);
    this.#file = file;
  }

  get program(): Program {
    this.#program ??= parse(this.#text, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
    return this.#program;
  }

  placeOf(node: AnyNode): Place {
    return this.placeAt(node.loc?.start.line ?? 1, node.loc?.start.column ?? 0);
  }

  /** `line` from 1, `column` from 0, both of the bundle. */
  placeAt(line: number, column: number): Place {
    if (this.#map === undefined) return { file: this.#file, line, column: column + 1 };
    const { source, line: found, column: at } = originalPositionFor(this.#map, { line, column });
    return source === null ? { file: this.#file } : { file: source, line: found, column: at + 1 };
  }

  /** Where the author has written this member of the plugin. */
  placeOfMember(steps: readonly string[]): Place {
    const node = declaredAt(this.program, steps);
    return node === undefined ? { file: this.#file } : this.placeOf(node);
  }

  /** Where the author has written the name: in the contribution, or wherever its rows are made; of a vendor's name, where the column is. */
  placeOfMisspelling({ name, column, steps }: ReadMisspelling): Place {
    const found: AnyNode[] = [];
    const add = (key: AnyNode): void => {
      if (key.type === 'Identifier' ? key.name === name : key.type === 'Literal' && key.value === name) found.push(key);
    };
    simple(this.program, {
      Property: ({ key }) => add(key),
      AssignmentExpression: ({ left }) => {
        if (left.type === 'MemberExpression') add(left.property);
      },
    });
    const home = declaredAt(this.program, steps);
    const inside = found.find((node) => home !== undefined && node.start >= home.start && node.end <= home.end);
    const node = inside ?? found[0];
    return node === undefined ? this.placeOfMember([...steps, 'columns', column]) : this.placeOf(node);
  }
}
