// Runs in a mutant's tree, as a process of its own: its host with the ideas it is given, one after the other. Says on its output what
// begins and what came of it, so that whoever started it knows what was going on when it dies.
import { readFileSync } from 'node:fs';
import type { TestDatabase } from '../../../support/databases.ts';
import type { PluginFolder } from '../../../support/host.ts';
import { IDEAS, openArena, type Entrant } from '../index.ts';

export interface Trial {
  readonly dataFolder: string;
  readonly healthy: PluginFolder;
  readonly entrants: readonly { readonly tries: string; readonly plugin: PluginFolder }[];
}

/** One a line, as JSON. */
export type TrialLine =
  | { readonly t: 'ready' }
  | { readonly t: 'begins'; readonly tries: string }
  | { readonly t: 'ended'; readonly tries: string; readonly faults: readonly string[] };

function say(line: TrialLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [, , file = ''] = process.argv;
const { dataFolder, healthy, entrants }: Trial = JSON.parse(readFileSync(file, 'utf8'));
const place: TestDatabase = { dataFolder, [Symbol.asyncDispose]: async () => undefined };
const known = entrants.map(({ tries, plugin }): Entrant => {
  const idea = IDEAS.find((one) => one.tries === tries);
  if (idea === undefined) throw new Error(`there is no idea "${tries}"`);
  return { idea, plugin };
});
const arena = await openArena(place, healthy, known);
say({ t: 'ready' });
for (const entrant of known) {
  const { tries, again } = entrant.idea;
  say({ t: 'begins', tries });
  say({ t: 'ended', tries, faults: await arena.attempt(entrant, again ? 2 : 1) });
}
// Nothing of it is wanted any more, and a mutant may not be able to stop.
process.exit(0);
