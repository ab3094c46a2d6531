import type { FaultName } from './faults.ts';
import type { SimIssue } from './world.ts';

/** What every handler needs to know about the simulated site. */
export interface Site {
  readonly deployment: 'cloud' | 'dc';
  readonly issues: SimIssue[];
  readonly faults: Set<FaultName>;
  readonly email: string;
  readonly token: string;
  /** With the context path, no slash at the end. */
  readonly url: string;
  now(): number;
}
