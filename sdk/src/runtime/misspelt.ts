// A column that stays empty because its rows call it otherwise. What a plugin yields may have members beside its columns, as whole records
// of a vendor do, so a name that is merely near one is a warning on a host; where an author tries the plugin it is a mistake.
import type { Column } from '@jackfield/schemas';
import leven from 'leven';

/** Of a row: one that is keyed by the vendor's own names may have any number. */
const MOST_NAMES = 200;

export interface Misspelling {
  /** As the rows have it. */
  readonly name: string;
  readonly column: string;
}

/** Looks at the first row, and tells what is wrong with it. Those after it are made by the same code. */
export function watchNames(
  columns: readonly Column[],
  tell: (misspelling: Misspelling) => void,
): (row: unknown) => void {
  let looked = false;
  return (row) => {
    if (looked) return;
    looked = true;
    if (typeof row !== 'object' || row === null) return;
    const missing = columns.filter((column) => !(column.name in row));
    if (missing.length === 0) return;
    const declared = new Set(columns.map((column) => column.name));
    const others = Object.keys(row)
      .filter((name) => !declared.has(name))
      .slice(0, MOST_NAMES);
    for (const { name: column } of missing) {
      const name = others.find((other) => isNear(other, column));
      if (name !== undefined) tell({ name, column });
    }
  };
}

/** `severtiy` and `severity`, `createdAt` and `created_at`; not `updatedBy` and `updated`, which is another word. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  const distance = leven(a, b);
  const length = Math.min(a.length, b.length);
  if (distance <= 1) return length > 2;
  return distance === 2 && length > 4 && !a.startsWith(b) && !b.startsWith(a);
}

function plain(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

/** `where`: the contribution, as error messages name it. */
export function misspellingText(where: string, { name, column }: Misspelling): string {
  return `${where} gives "${name}", which is no column, and no "${column}", which is one: is it misspelt? If not, leave it out of the rows`;
}

export interface ReadMisspelling extends Misspelling {
  /** Where the contribution stands in the plugin. */
  readonly steps: readonly [section: string, id: string];
}

const TEXT = /^(query|stream|route) "([^"]+)" gives "([^"]+)", which is no column, and no "([^"]+)", which is one/;
const SECTIONS: Readonly<Record<string, string>> = { query: 'queries', stream: 'streams', route: 'routes' };

/** Undefined when a log line says something else. */
export function readMisspelling(text: string): ReadMisspelling | undefined {
  const [, kind = '', id = '', name, column] = TEXT.exec(text) ?? [];
  if (name === undefined || column === undefined) return undefined;
  return { steps: [SECTIONS[kind] ?? '', id], name, column };
}
