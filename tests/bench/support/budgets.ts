// Seconds that each scenario may take on two cores: with the start of PostgreSQL a quick run takes two minutes at most, a full one fifteen.

export interface Budget {
  readonly quick: number;
  readonly full: number;
}

/** In the order in which they are told. */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  query: { quick: 9, full: 60 },
  'query-cached': { quick: 8, full: 60 },
  viewers: { quick: 13, full: 100 },
  stream: { quick: 11, full: 160 },
  sync: { quick: 14, full: 160 },
  neighbour: { quick: 12, full: 70 },
  cold: { quick: 7, full: 15 },
  scale: { quick: 18, full: 100 },
  dispatch: { quick: 13, full: 110 },
  upgrade: { quick: 10, full: 60 },
};

/** A machine that is busy may take many times as long. What has not come to its end by then hangs: it is ended, and the others go on. */
export const HANGS = { quick: 15 * 60, full: 40 * 60 } as const;
