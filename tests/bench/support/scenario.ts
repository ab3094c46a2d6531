// What a benchmark is: work that Jackfield and a baseline do in turn, and figures of both that are set against each other pair by pair.

/** Where a figure has to be. `ratio`: Jackfield's to the baseline's, the median over the pairs; `value`: Jackfield's own median. */
export interface Goal {
  readonly of: 'ratio' | 'value';
  readonly is: 'at least' | 'at most';
  readonly limit: number;
}

export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** One of each pair, in their order. */
  readonly jackfield: readonly number[];
  /** Empty: nothing is beside it. */
  readonly baseline: readonly number[];
  readonly goal?: Goal | undefined;
}

export interface Bench {
  /** Less of everything, for a table in two minutes. */
  readonly quick: boolean;
  readonly pairs: number;
  /** Makes a database of the scenario's own on the run's PostgreSQL server. */
  createDatabase(): Promise<string>;
  /** What ends with the scenario. */
  readonly stack: AsyncDisposableStack;
  /** An empty folder that everybody may read, PostgreSQL too, which is another user. */
  makeFolder(): Promise<string>;
  /** Of `node`, for hosts that are looked into: `--profile`. */
  readonly hostArguments: readonly string[];
  add(figure: Figure): void;
}

export interface Scenario {
  readonly work: string;
  readonly baseline: string;
  run(bench: Bench): Promise<void>;
}

export interface Report {
  readonly scenario: string;
  readonly work: string;
  readonly baseline: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  /** Set when it broke off. */
  readonly failure?: string;
}

/** What the process of a scenario tells main.ts: figures when they are there, for it may not come to its end. */
export type ScenarioMessage =
  | { readonly kind: 'about'; readonly work: string; readonly baseline: string }
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'end'; readonly failure: string | undefined };

export type Sample = Readonly<Record<string, number>>;

/** Both once to warm up, then A B A B. */
export async function inTurn(
  pairs: number,
  jackfield: (pair: number) => Promise<Sample>,
  baseline: (pair: number) => Promise<Sample>,
): Promise<{ readonly jackfield: Samples; readonly baseline: Samples }> {
  await jackfield(-1);
  await baseline(-1);
  const [ours, theirs]: [Sample[], Sample[]] = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    ours.push(await jackfield(pair));
    theirs.push(await baseline(pair));
  }
  return { jackfield: seriesOf(ours), baseline: seriesOf(theirs) };
}

/** The values of a figure by its name. */
export type Samples = (name: string) => number[];

export function seriesOf(samples: readonly Sample[]): Samples {
  return (name) => samples.flatMap((sample) => sample[name] ?? []);
}

/** What main.ts tells the process of a scenario. */
export interface Settings {
  readonly quick: boolean;
  /** Folder for CPU profiles. */
  readonly profile: string | undefined;
}
