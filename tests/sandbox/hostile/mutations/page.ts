// The table of mutations as a page, written and read again.
import type { Failed } from './suites.ts';

/** What was seen without a wall. */
export interface Sighting {
  readonly without: string;
  readonly ideas: readonly string[];
  /** Test files, with how many of their tests failed. */
  readonly suites: readonly { readonly file: string; readonly failed: Failed }[];
}

export interface Page {
  readonly sightings: readonly Sighting[];
  /** Ideas that no mutation lets through, with the reason. */
  readonly unseen: readonly { readonly tries: string; readonly reason: string }[];
}

const HEAD = `# Walls, and who sees that one is down

Made by \`npm run mutations\`, which takes down one wall after the other in a copy of the program and tries the hostile plugins on it, and the
test files that belong to the wall. Each entry says what was missing, and what failed then. Not to be edited by hand.
`;
const UNSEEN = '## Ideas that no mutation lets through';
const IDEA = '- a plugin that ';
const SUITE = '- `';
const HUNG = 'which does not end';

export function writePage({ sightings, unseen }: Page): string {
  const parts = sightings.map(({ without, ideas, suites }) =>
    [
      `## Without ${without}\n`,
      ...suites.map(({ file, failed }) => `${SUITE}${file}\`, ${failed === 'hung' ? HUNG : `${failed} of its tests`}`),
      ...ideas.map((tries) => IDEA + tries),
      '',
    ].join('\n'),
  );
  const rest = [`${UNSEEN}\n`, ...unseen.map(({ tries, reason }) => `${IDEA}${tries}: ${reason}`), ''].join('\n');
  return [HEAD, ...parts, rest].join('\n');
}

export function readPage(text: string): Page {
  const [table = '', rest = ''] = text.split(UNSEEN);
  const sightings = table
    .split('\n## Without ')
    .slice(1)
    .map((part): Sighting => {
      const [without = '', ...lines] = part.split('\n');
      return {
        without,
        ideas: lines.filter((line) => line.startsWith(IDEA)).map((line) => line.slice(IDEA.length)),
        suites: lines
          .filter((line) => line.startsWith(SUITE))
          .map((line) => {
            const [, file = '', failed = ''] = /^- `([^`]+)`, (.*)/.exec(line) ?? [];
            return { file, failed: failed === HUNG ? 'hung' : Number.parseInt(failed, 10) };
          }),
      };
    });
  const unseen = rest
    .split('\n')
    .filter((line) => line.startsWith(IDEA))
    .map((line) => {
      const at = line.indexOf(': ');
      return { tries: line.slice(IDEA.length, at), reason: line.slice(at + 2) };
    });
  return { sightings, unseen };
}
