import type { Changes } from './changes.ts';
import type { SimBoard, SimSprint } from './boards.ts';
import type { FaultName } from './faults.ts';
import type { OAuth } from './oauth.ts';
import type { SimProject } from './projects.ts';
import type { SearchIndex } from './search-index.ts';
import type { SimWorklog } from './worklogs.ts';
import type { SimIssue } from './world.ts';
import type { SimToken } from './personal-tokens.ts';

/** What every handler needs to know about the simulated site. */
export interface Site {
  readonly deployment: 'cloud' | 'dc';
  readonly projects: SimProject[];
  readonly issues: SimIssue[];
  readonly worklogs: Map<number, SimWorklog>;
  readonly deletedWorklogs: { readonly id: number; readonly at: number }[];
  readonly boards: SimBoard[];
  readonly sprints: SimSprint[];
  readonly index: SearchIndex;
  readonly changes: Changes;
  readonly oauth: OAuth;
  readonly faults: Set<FaultName>;
  readonly email: string;
  readonly token: string;
  readonly personalTokens: SimToken[];
  /** Of the account that asks: dates without a zone are read in it. */
  readonly timeZone: string;
  /** With the context path, no slash at the end. */
  readonly url: string;
  now(): number;
}
