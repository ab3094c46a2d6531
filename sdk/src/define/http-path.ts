// Paths into a vendor's answer: `data.items` names a member of a member, `*` each item of an array or each value of an object. In a
// column `@key` is the name of the member that its row was, and each `^` goes out to what the `*` before it stood for, at last to
// the answer.

/** A row where it was found. */
export interface FoundRow {
  readonly value: unknown;
  /** The name of the member it was, in an object. */
  readonly key: string | null;
  /** What the `*` before stood for, the innermost first; the answer is the last. */
  readonly around: readonly FoundRow[];
}

/** What stands at the path's end, once for each way through its `*`. */
export type RowFinder = (answer: unknown) => FoundRow[];

/** Reads one value of a row; undefined when it is not there. */
export type ValueReader = (row: FoundRow) => unknown;

/** What is missing before any `*` is a mistake of the path or of the vendor, unless its name ends with `?`. */
export class MissingRows extends Error {}

/**
 * The rows of an answer. What an array at the end holds are the rows; an object there is one.
 * @throws MissingRows (from the finder) when there is nothing at the path.
 */
export function rowFinder(path: string): RowFinder {
  const segments = path === '' ? [] : path.split('.');
  if (segments.includes('')) throw new Error(`the path of the rows has an empty name (got ${JSON.stringify(path)})`);
  const strictUpTo = segments.includes('*') ? segments.indexOf('*') : segments.length;
  return (answer) => {
    let places: Place[] = [{ value: answer, of: { value: answer, key: null, around: [] } }];
    for (const [index, segment] of segments.entries()) {
      const isStrict = index < strictUpTo && !segment.endsWith('?');
      places = places.flatMap((place) => (segment === '*' ? eachOf(place) : memberAt(place, segment, isStrict)));
    }
    const isListed = segments.at(-1) !== '*';
    return (isListed ? places.flatMap((place) => listed(place, strictUpTo === segments.length)) : places).map(rowAt);
  };
}

/** Where a walk is. `of`: what its last `*` stood for, at first the answer. */
interface Place {
  readonly value: unknown;
  readonly of: FoundRow;
}

function eachOf({ value, of }: Place): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const around = [of, ...of.around];
  const place = (item: unknown, key: string | null): Place => ({ value: item, of: { value: item, key, around } });
  if (Array.isArray(value)) return value.map((item) => place(item, null));
  return Object.entries(value).map(([key, item]) => place(item, key));
}

function memberAt({ value, of }: Place, segment: string, isStrict: boolean): Place[] {
  const name = segment.replace(/\?$/, '');
  const member = memberOf(value, name);
  if (member !== undefined && member !== null) return [{ value: member, of }];
  if (isStrict) throw new MissingRows(`has no "${name}", where its rows should be`);
  return [];
}

function listed(place: Place, isStrict: boolean): Place[] {
  if (Array.isArray(place.value)) return eachOf(place);
  if (typeof place.value === 'object' && place.value !== null) return [place];
  if (!isStrict) return [];
  throw new MissingRows('has neither a list nor an object where its rows should be');
}

function rowAt({ value, of }: Place): FoundRow {
  return value === of.value ? of : { value, key: of.key, around: [of, ...of.around] };
}

/** The first of the paths at which something stands. An empty path is the row itself. */
export function valueReader(paths: readonly string[]): ValueReader {
  const readers = paths.map(oneReader);
  return (row) => {
    for (const read of readers) {
      const value = read(row);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };
}

function oneReader(path: string): ValueReader {
  const [, ups = '', rest = ''] = /^(\^*)\.?(.*)$/s.exec(path) ?? [];
  const segments = rest === '' ? [] : rest.split('.');
  const atOf = (row: FoundRow): FoundRow | undefined => (ups === '' ? row : row.around[ups.length - 1]);
  if (rest === '@key') return (row) => atOf(row)?.key;
  return (row) => segments.reduce<unknown>(memberOf, atOf(row)?.value);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
