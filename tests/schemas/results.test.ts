import { describe, expect, it } from 'vitest';
import { changed, readSchema, validatorOf } from './schemas.ts';

type Case = readonly [what: string, place: string, value: unknown, at?: string];

const brokenProblems: readonly Case[] = [
  ['a code nobody knows', '/code', 'oops'],
  ['a status that is no error', '/status', 200],
  ['no next step', '/next', undefined, ''],
  ['an empty detail', '/detail', ''],
  ['a type that is no URI', '/type', 'not a uri'],
  ['a stack trace', '/stack', 'at x', ''],
  ['a fault without a pointer', '/errors/0/pointer', undefined, '/errors/0'],
  ['a wait in the past', '/retryAfterMs', -1],
];

const brokenResults: readonly Case[] = [
  ['neither meta nor error', '/meta', undefined, ''],
  ['both meta and error', '/error', readSchema('problem.schema.json').examples[0], ''],
  ['rows that are lists', '/rows/0', [3]],
  ['a column of an unknown type', '/columns/0/type', 'money'],
  ['a column without a name', '/columns/0/name', undefined, '/columns/0'],
  ['a date that is none', '/meta/asOf', 'yesterday'],
  ['a row count of text', '/meta/rowCount', '1'],
  ['a stale mark without a reason', '/meta/stale', { ageMs: 1, code: 'timeout' }],
  ['vendor calls below zero', '/meta/vendorCalls', -1],
];

const brokenReports: readonly Case[] = [
  ['a grade nobody knows', '/grade', 'platinum'],
  ['no bundle', '/bundle', undefined, ''],
  ['a hash that is none', '/bundle/sha256', 'abc'],
  ['no items', '/items', []],
  ['an outcome nobody knows', '/items/0/outcome', 'maybe'],
  ['an item of no grade', '/items/0/grade', null],
  ['a reason that is no list', '/items/1/because', 'because'],
];

const toCase = ([what, place, value, at = place]: Case) => ({ what, place, value, at });

/** Where the schema's own validator finds the fault. */
function placesOf(file: string, value: unknown): string[] {
  const fits = validatorOf(file);
  expect(fits(value)).toBe(false);
  return (fits.errors ?? []).map(({ instancePath }) => instancePath);
}

describe('a problem', () => {
  const [sound = {}] = readSchema('problem.schema.json').examples;
  it.each(brokenProblems.map(toCase))('with $what does not fit the schema', ({ place, value, at }) => {
    expect(placesOf('problem.schema.json', changed(sound, place, value))).toEqual([at]);
  });
});

describe('a query result', () => {
  const [sound = {}] = readSchema('query-result.schema.json').examples;
  it.each(brokenResults.map(toCase))('with $what does not fit the schema', ({ place, value, at }) => {
    const places = placesOf('query-result.schema.json', changed(sound, place, value));
    expect([...new Set(places)]).toEqual([at]);
  });
});

describe('a conformance report', () => {
  const [sound = {}] = readSchema('conformance-report.schema.json').examples;
  it.each(brokenReports.map(toCase))('with $what does not fit the schema', ({ place, value, at }) => {
    expect(placesOf('conformance-report.schema.json', changed(sound, place, value))).toEqual([at]);
  });
});
