/** Why a plugin cannot be built; each fault is a line for its author. */
export class BuildError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'BuildError';
    this.faults = faults;
  }
}
