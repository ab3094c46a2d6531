// Seconds that each scenario may take on two cores: with the start of PostgreSQL a quick run takes two minutes at most, a full one fifteen.

export interface Budget {
  readonly quick: number;
  readonly full: number;
}

/** In the order in which they are told. */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  query: { quick: 10, full: 55 },
  'query-cached': { quick: 8, full: 50 },
  viewers: { quick: 13, full: 60 },
  stream: { quick: 6, full: 60 },
  sync: { quick: 14, full: 190 },
  neighbour: { quick: 16, full: 70 },
  cold: { quick: 8, full: 15 },
  scale: { quick: 13, full: 150 },
  dispatch: { quick: 16, full: 170 },
  upgrade: { quick: 14, full: 60 },
};

/** A machine that is busy may take many times as long. What has not come to its end by then hangs: it is ended, and the others go on. */
export const HANGS = { quick: 15 * 60, full: 40 * 60 } as const;
