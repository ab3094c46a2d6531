// What a synced query may not be, each with the place of its fault.
import { validatePluginManifest } from '@jackfield/schemas';
import { expect, it } from 'vitest';
import { changed, readSchema } from './schemas.ts';

const [sound = {}] = readSchema('plugin-manifest.schema.json').examples;
const AT = '/queries/per_day';
const measure = (of: object): object[] => [{ name: 'count', ...of }];
const grouped = (...groupBy: unknown[]): object => ({ stream: 'incidents', groupBy });
const where = (of: object): object[] => [{ column: 'updated', ...of }];

/** What is broken, where it is put below the query, what is put there, and where the finding points when that is another place. */
const broken: readonly (readonly [string, string, unknown, string?])[] = [
  ['a source that is none', '/source', 'cached'],
  ['a view and no source', '/source', undefined, '/view'],
  ['a source and no view', '/view', undefined],
  ['columns of its own', '/columns', [{ name: 'day', type: 'date' }]],
  ['a column of another type', '/columns/1/type', 'number', '/columns'],
  ['a cache', '/cacheMs', 1000],
  ['columns that come with the answer', '/dynamicColumns', true],
  ['a stream that is not there', '/view/stream', 'tickets'],
  ['a group that names no column', '/view', grouped('state'), '/view/groupBy/0'],
  ['a group named twice', '/view', grouped('title', 'title'), '/view/groupBy/1'],
  ['a bucket of no column', '/view/groupBy/0/of/0', 'created'],
  ['a bucket of text', '/view/groupBy/0/of/0', 'title'],
  [
    'a bucket named like a column',
    '/view',
    grouped({ name: 'title', bucket: 'day', of: ['updated'] }),
    '/view/groupBy/0/name',
  ],
  ['a bucket of another size', '/view/groupBy/0/bucket', 'year', '/view/groupBy/0'],
  ['a bucket whose size is SQL', '/view/groupBy/0/bucket', "day'); drop table run; --", '/view/groupBy/0'],
  ['a measure named like a group', '/view/measures', [{ name: 'day', fn: 'count' }], '/view/measures/0/name'],
  ['a measure named like what a row is of', '/view/measures/0/name', 'client'],
  ['a measure named as objects have it', '/view/measures/0/name', 'constructor'],
  ['a sum of text', '/view/measures', measure({ fn: 'sum', column: 'title' }), '/view/measures/0/column'],
  ['a sum of nothing', '/view/measures/0/fn', 'sum', '/view/measures/0/column'],
  ['a count of no column', '/view/measures/0/column', 'state'],
  ['a share of nothing', '/view/measures/0/fn', 'percent', '/view/measures/0/where'],
  ['a time since text', '/view/measures', measure({ fn: 'avg', since: 'title' }), '/view/measures/0/since'],
  [
    'a time until text',
    '/view/measures',
    measure({ fn: 'avg', since: 'updated', column: 'title' }),
    '/view/measures/0/column',
  ],
  ['a count since', '/view/measures', measure({ fn: 'count', since: 'updated' }), '/view/measures/0/since'],
  ['a unit of no time', '/view/measures/0/unit', 'h'],
  ['a function that is none', '/view/measures/0/fn', 'stddev'],
  ['a measure at no bucket', '/view/measures/0/at', 'updated'],
  ['a filter on no column', '/view/measures/0/where', [{ column: 'x', op: 'null' }], '/view/measures/0/where/0/column'],
  [
    'a condition on a param that is not there',
    '/view/where',
    where({ op: 'lt', param: 'from' }),
    '/view/where/0/param',
  ],
  ['a condition on a param of another type', '/view/where', where({ op: 'lt', param: 'days' }), '/view/where/0/param'],
  [
    'a list in a param that is none',
    '/view/where',
    [{ column: 'title', op: 'in', param: 'days' }],
    '/view/where/0/param',
  ],
  ['a span on a param that is not there', '/view/where/0/ago/param', 'weeks'],
  ['a span before text', '/view/where/0/column', 'title', '/view/where/0/ago'],
  ['two operands', '/view/where/0/agoMs', 5, '/view/where/0'],
  ['a value of another type', '/view/where', where({ op: 'eq', value: 'now()' }), '/view/where/0/value'],
  ['an item of another type', '/view/where', [{ column: 'title', op: 'in', value: ['a', 1] }], '/view/where/0/value/1'],
  ['an order by no column of the answer', '/view/orderBy/0/column', 'updated', '/view/orderBy/0'],
  ['an order by what a row is not of', '/view/orderBy/0/column', 'instance', '/view/orderBy/0'],
  ['a limit by a param that is not there', '/view/limit', { param: 'n' }, '/view/limit/param'],
  ['a limit of none', '/view/limit', 0, '/view/limit'],
];

const cases = broken.map(([what, place, value, pointer = place]) => ({ what, place, value, pointer }));

it.each(cases)('a synced query with $what is refused at that place', ({ place, value, pointer }) => {
  expect(validatePluginManifest(changed(sound, AT + place, value))).toEqual([
    { pointer: AT + pointer, message: expect.stringMatching(/\S/) },
  ]);
});

it('rows that are not grouped are of an instance each', () => {
  const view = { stream: 'incidents', per: 'client' };
  const columns = [
    { name: 'id', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'updated', type: 'datetime' },
  ];
  const query = { title: 'T', params: { type: 'object', properties: {} }, source: 'synced', columns, cacheMs: 0 };
  expect(validatePluginManifest(changed(sound, AT, { ...query, view }))).toEqual([
    { pointer: `${AT}/view/per`, message: expect.stringContaining('instance') },
  ]);
  expect(validatePluginManifest(changed(sound, AT, { ...query, view: { ...view, per: 'instance' } }))).toEqual([]);
});

it('a widget may show what the rows of a synced query are of, and nothing that they do not have', () => {
  const widget = { title: 'T', kind: 'bar', query: 'per_day', params: {}, x: 'day', refreshMs: 60_000 };
  const shows = (x: string, per: string): string[] => {
    const manifest = changed(changed(sound, `${AT}/view/per`, per), '/widgets/days', { ...widget, x });
    return validatePluginManifest(manifest).map(({ pointer }) => pointer);
  };
  expect([shows('day', 'all'), shows('client', 'client'), shows('instance', 'instance')]).toEqual([[], [], []]);
  expect([shows('client', 'all'), shows('instance', 'client')]).toEqual([['/widgets/days/x'], ['/widgets/days/x']]);
});
