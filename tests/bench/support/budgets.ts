// Seconds that each scenario may take on two cores: with the start of PostgreSQL a quick run takes two minutes at most, a full one fifteen.

export interface Budget {
  readonly quick: number;
  readonly full: number;
}

/** In the order in which they are told. */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  query: { quick: 11, full: 55 },
  'query-cached': { quick: 9, full: 50 },
  viewers: { quick: 12, full: 60 },
  stream: { quick: 12, full: 100 },
  sync: { quick: 12, full: 150 },
  neighbour: { quick: 14, full: 70 },
  cold: { quick: 7, full: 15 },
  scale: { quick: 18, full: 150 },
  dispatch: { quick: 14, full: 170 },
  upgrade: { quick: 10, full: 60 },
};

/** A machine that is busy may take many times as long. What has not come to its end by then hangs: it is ended, and the others go on. */
export const HANGS = { quick: 15 * 60, full: 40 * 60 } as const;
