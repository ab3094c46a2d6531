// One scenario in a process of its own: run-scenario.ts <name> <settings>, started by main.ts, which hears of its figures.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Scenario, ScenarioMessage, Settings } from './support/scenario.ts';
import { openWorkplace } from './support/workplace.ts';

const THREAD_PROFILES = join(import.meta.dirname, 'support/profile-threads.ts');
const [name = '', settingsText = '{}'] = process.argv.slice(2);
const { quick, profile } = JSON.parse(settingsText) as Settings;
const { default: scenario }: { default: Scenario } = await import(`./scenarios/${name}.ts`);
const tell = (message: ScenarioMessage): void => void process.send?.(message);
tell({ kind: 'about', work: scenario.work, baseline: scenario.baseline });
let failure: string | undefined;
try {
  await using stack = new AsyncDisposableStack();
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  await scenario.run(createBench(stack));
} catch (error) {
  failure = error instanceof Error ? error.message.split('\n')[0] : String(error);
  process.stderr.write(`${error instanceof Error ? error.stack : failure}\n`);
}
tell({ kind: 'end', failure });
process.disconnect?.();

function createBench(stack: AsyncDisposableStack): Bench {
  return {
    ...openWorkplace(stack),
    quick,
    pairs: quick ? 2 : 5,
    hostArguments:
      profile === undefined ? [] : [`--import=${THREAD_PROFILES}`, '--cpu-prof', `--cpu-prof-dir=${profile}`],
    add: (figure) => tell({ kind: 'figure', figure }),
  };
}
