// Randomness that can be had again: the same seed gives the same numbers.

/** Mulberry32. Each call gives an integer from 0 to below `below`. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Heavy counts are for long runs. */
export const FULL: boolean = process.env['JACKFIELD_TEST_SCALE'] === 'full';

/**
 * Of this run: new in a long one, always the same otherwise, or what `JACKFIELD_TEST_SEED` says. Put it into the test's name, so that
 * it is printed.
 */
export const SEED: number = Number(
  process.env['JACKFIELD_TEST_SEED'] ?? (FULL ? Math.floor(Math.random() * 1e9) : 20_261_125),
);
