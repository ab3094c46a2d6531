// Documents that are almost what they should be: a sound one with a few changes at random places.

export type Random = (below: number) => number;

const long = 'a'.repeat(70_000);
const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
/** What is put in a place: values of every type, of every size, and such as have hurt somebody. */
const VALUES: readonly (() => unknown)[] = [
  ...[null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, '', ' ', 'x', 'X', '1', '0', long].map((value) => () => value),
  ...['__proto__', 'constructor', 'toString', '\u0000', '\ud800', 'j\u0456ra', '../x', 'x\n', '%00'].map(
    (value) => () => value,
  ),
  ...[
    '1.2.3',
    '^1',
    '>=0',
    'latest',
    '01.2.3',
    'string',
    'object',
    'integer',
    'GET',
    'PT5M',
    'https://x.example',
    'file:///x',
  ].map((value) => () => value),
  ...['(a+)+$', '(', '[', '^(?=x)', '(x)\\1', '\\p{L}', 'a{1000}'].map((pattern) => () => ({
    type: 'string',
    pattern,
  })),
  ...['#', '#/nowhere', '#/properties/baseUrl', 'https://x.example/s', 'file:///etc/passwd', 'problem.schema.json'].map(
    ($ref) => () => ({ $ref }),
  ),
  () => [],
  () => ({}),
  () => [null],
  () => deep(40),
  () => deep(300),
  () => Array.from({ length: 3000 }, (_, n) => n),
  () => Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n])),
  () => JSON.parse('{"__proto__": {"polluted": true}}'),
  () => JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
  () => ({ type: 'object', properties: { a: { type: 'string', writeOnly: true } } }),
  () => ({ allOf: [{ $ref: '#' }, { $ref: '#' }] }),
  () => ({ type: ['string', 'null'], enum: ['a', null], default: 'a' }),
  () => ({ type: 'string', format: 'uri', minLength: 3, maxLength: 2 }),
];
const NAMES = [
  'extra',
  '__proto__',
  'constructor',
  'type',
  '$ref',
  '$id',
  '$async',
  'properties',
  'name',
  'a-b',
  '',
  'x.y',
  '0',
];

interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** A changed copy; the same for the same numbers. */
export function mutated(sound: unknown, random: Random): unknown {
  const root: Record<string, unknown> = { document: structuredClone(sound) };
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const places = placesIn(root);
    const place = places[random(places.length)];
    if (place !== undefined) change(place, places, random);
  }
  return root['document'] ?? null;
}

function placesIn(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const open: (Record<string, unknown> | unknown[])[] = [root];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      if (places.length > 3000) return places;
      if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return places;
}

function change({ parent, key }: Place, places: readonly Place[], random: Random): void {
  const value: unknown = Reflect.get(parent, key);
  const put = (name: string, next: unknown): void => {
    Object.defineProperty(parent, name, { value: next, writable: true, enumerable: true, configurable: true });
  };
  const pick = <T>(items: readonly T[]): T | undefined => items[random(items.length)];
  const made = pick(VALUES)?.();
  switch (random(8)) {
    case 0:
      Reflect.deleteProperty(parent, key);
      return;
    case 1:
      put(pick(NAMES) ?? 'extra', made);
      return;
    case 2: {
      Reflect.deleteProperty(parent, key);
      put(pick(NAMES) ?? 'extra', value);
      return;
    }
    case 3: {
      const other = pick(places);
      if (other !== undefined) put(key, structuredClone(Reflect.get(other.parent, other.key)));
      return;
    }
    case 4:
      put(key, [value, value]);
      return;
    case 5:
      put(key, typeof value === 'string' ? value + (pick(['x', '\n', '\u0000', long]) ?? '') : String(value));
      return;
    default:
      put(key, made);
  }
}
