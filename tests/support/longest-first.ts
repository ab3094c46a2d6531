// The order of test files. Vitest puts the largest first, and a file that runs for a minute while the others have ended costs that minute.
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** They run for the longest. */
const LONG = [
  'tests/browser/',
  'tests/demo/',
  'tests/cluster/',
  'tests/sdk-cli/create',
  'tests/sdk-cli/validate',
  'tests/legacy/interrupted',
  'tests/lifecycle/',
  'tests/faults/',
  'tests/cli/',
  'tests/store/',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((part) => moduleId.includes(part));
      return at === -1 ? LONG.length : at;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
