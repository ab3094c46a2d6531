// "motley": a plugin with a widget of every kind, and a vendor that says ugly things or nothing at all.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const SOURCE = `
import { definePlugin, query, readJson, widget } from '@jackfield/sdk';

const words = { word: { type: 'string', label: 'Word' }, count: { type: 'integer', label: 'Count' } } as const;

export default definePlugin({
  name: 'motley',
  displayName: 'Motley',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string', format: 'uri' } } },
  queries: {
    words: query({
      title: 'Words', columns: words, cache: '1s',
      async *rows(ctx) { yield await readJson<any>(await ctx.fetch('/words')); },
    }),
    hours: query({
      title: 'Hours',
      columns: { at: { type: 'datetime', label: 'Hour' }, load: { type: 'number', unit: '%', label: 'Load' }, mem: { type: 'number', unit: '%', label: 'Memory' } },
      cache: '60s',
      async *rows(ctx) {
        for (let hour = 0; hour < 48; hour += 1)
          yield { at: new Date(1_780_000_000_000 + hour * 3_600_000).toISOString(), load: 40 + 30 * Math.sin(hour / 4), mem: 55 + 5 * Math.cos(hour / 7) };
      },
    }),
    now: query({
      title: 'Now', columns: { load: { type: 'number', unit: '%', label: 'Load' } }, cache: '60s',
      async *rows() { yield { load: 81.5 }; },
    }),
    device: query({
      title: 'Device', cache: '60s',
      columns: Object.fromEntries(['host', 'model', 'system', 'serial', 'site', 'rack', 'since'].map((name) => [name, { type: 'string' as const }])),
      async *rows() { yield { host: 'fw-one', model: 'F 61', system: '7.6.5', serial: 'X'.repeat(40), site: 'North', rack: '12', since: 'May' }; },
    }),
    states: query({
      title: 'States', cache: '60s',
      columns: { day: { type: 'date', label: 'Day' }, state: { type: 'string', label: 'State' }, count: { type: 'integer', label: 'Count' } },
      async *rows() {
        for (const day of ['2026-01-03', '2026-01-01', '2026-01-02'])
          for (const state of ['open', 'done']) yield { day, state, count: Number(day.at(-1)) * (state === 'open' ? 1 : 10) };
      },
    }),
    nothing: query({ title: 'Nothing', columns: words, async *rows() {} }),
    million: query({
      title: 'A million', columns: words,
      async *rows(ctx) {
        for (let n = 0; n < 1_000_000; n += 1) yield { word: 'row number ' + n, count: n };
      },
    }),
  },
  widgets: {
    table: widget({ title: 'Words', kind: 'table', query: 'words', refresh: '1h' }),
    list: widget({ title: 'Words, listed', kind: 'list', query: 'words', refresh: '1h' }),
    bar: widget({ title: 'Words, counted', kind: 'bar', query: 'words', x: 'word', y: ['count'], refresh: '1h' }),
    pie: widget({ title: 'Words, shared', kind: 'pie', query: 'words', x: 'word', y: ['count'], refresh: '1h' }),
    hours: widget({ title: 'Load by the hour', kind: 'timeseries', query: 'hours', x: 'at', y: ['load', 'mem'], refresh: '1h' }),
    stat: widget({ title: 'Load now', kind: 'stat', query: 'now', refresh: '1h' }),
    gauge: widget({ title: 'Load', kind: 'gauge', query: 'now', y: ['load'], refresh: '1h' }),
    device: widget({ title: 'Device', kind: 'stat', query: 'device', refresh: '1h' }),
    states: widget({ title: 'States by day', kind: 'timeseries', query: 'states', x: 'day', y: ['count'], refresh: '1h' }),
    nothing: widget({ title: 'Nothing here', kind: 'table', query: 'nothing', refresh: '1h' }),
    million: widget({ title: 'A million rows', kind: 'table', query: 'million', refresh: '1h' }),
  },
});
`;

export const KINDS = [
  'table',
  'list',
  'bar',
  'pie',
  'hours',
  'states',
  'stat',
  'device',
  'gauge',
  'nothing',
  'million',
] as const;

export function buildMotley(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'motley' });
}
