import { placed, type Fault } from './place.ts';

/** Why a plugin cannot be built; each fault is a line for its author. */
export class BuildError extends Error {
  readonly found: readonly Fault[];

  constructor(found: readonly Fault[]) {
    super(found.map(placed).join('\n'));
    this.name = 'BuildError';
    this.found = found;
  }

  /** `src/plugin.ts:12:5: …` */
  get faults(): readonly string[] {
    return this.found.map(placed);
  }
}
