// Every idea of tests/sandbox/hostile as a plugin of its own, all of them on one host, beside a healthy plugin that must not notice.
// What takes each wall down, and which ideas see it, is in hostile/mutations.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { server } from '../support/databases.ts';
import { buildTestPlugin, queryPlugin } from '../support/plugins.ts';
import { FULL, SEED } from '../support/random.ts';
import { buildIdea, IDEAS, openArena, type Arena, type Entrant } from './hostile/index.ts';

/** All of them run in full. */
const SAMPLE = 16;
/** Of the quiet p99 of the same run. */
const MOST_SLOWER = 2;

const stack = new AsyncDisposableStack();
const chosen = FULL ? IDEAS : sample();
const entrants: Entrant[] = [];
let arena: Arena;

/** The same for a seed. */
function sample(): readonly (typeof IDEAS)[number][] {
  const place = (tries: string): number => {
    let hash = SEED;
    for (const character of tries) hash = (Math.imul(hash ^ character.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0;
    return hash;
  };
  return IDEAS.toSorted((a, b) => place(a.tries) - place(b.tries)).slice(0, SAMPLE);
}

beforeAll(async () => {
  const healthy = stack.use(await buildTestPlugin(queryPlugin('yield { n: params.n };', { name: 'healthy' })));
  for (const [index, idea] of chosen.entries()) {
    entrants.push({ idea, plugin: stack.use(await buildIdea(idea, `hostile-${index}`)) });
  }
  arena = stack.use(await openArena(stack.use(await server.open()), healthy, entrants));
}, 240_000);
afterAll(() => stack.disposeAsync());

test.each(chosen.map((idea, index) => ({ ...idea, index })))(
  `a plugin that $tries: $ends (seed ${SEED})`,
  { timeout: 60_000 },
  async ({ ends, index }) => {
    const entrant = entrants[index];
    if (entrant === undefined) throw new Error('not built');
    expect(await arena.attempt(entrant, ends === 'refused' ? 2 : 1)).toEqual([]);
  },
);

test('the healthy plugin was served all along, in full within twice the time that it takes alone', () => {
  const { quiet, loud } = arena;
  const [alone, beside] = [p99(quiet), p99(loud)];
  process.stdout.write(
    `${chosen.length} of ${IDEAS.length} ideas; the healthy plugin answered ${loud.length} of ${loud.length} beside them, ` +
      `p99 ${beside.toFixed(1)} ms, alone ${quiet.length} with p99 ${alone.toFixed(1)} ms: ${(beside / alone).toFixed(2)} times\n`,
  );
  expect(loud.length).toBeGreaterThan(chosen.length);
  expect(beside / alone).toBeLessThanOrEqual(FULL ? MOST_SLOWER : Number.POSITIVE_INFINITY);
});

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
