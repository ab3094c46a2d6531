// Which ideas see that a wall is down: each mutant's host runs in a process group of its own, which is ended with all that it has started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PluginFolder } from '../../../support/host.ts';
import { buildTestPlugin, queryPlugin } from '../../../support/plugins.ts';
import { prepare } from '../../../support/prepared.ts';
import { buildIdea, GROUPS, type Group, type Idea } from '../index.ts';
import type { Trial, TrialLine } from './trial.ts';

/** Milliseconds. Shorter than in the suite, for some ideas run into it and there are many mutants. */
const DEADLINE = 3000;
/** A host with a hundred plugins starts in a few seconds, on a machine that does nothing else. */
const STARTING = 120_000;
/** Longer than any idea takes when its wall stands. */
const SILENCE = 15_000;

export interface Workshop extends AsyncDisposable {
  /** Ideas that fail on the program in `tree`, with what they saw. @throws when it does not serve even a healthy plugin. */
  tryOn(tree: string, groups: readonly Group[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Builds every idea once: what a plugin is built from is no wall. */
export async function openWorkshop(groups: readonly Group[]): Promise<Workshop> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-workshop-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const original = join(folder, 'original');
  await prepare({ dataFolder: original });
  const healthy = stack.use(await buildTestPlugin(queryPlugin('yield { n: params.n };', { name: 'healthy' })));
  const plugins = new Map<Idea, PluginFolder>();
  for (const idea of groups.flatMap((group) => GROUPS[group])) {
    const name = `hostile-${plugins.size}`;
    const build = (): ReturnType<typeof buildIdea> => buildIdea(idea, name, DEADLINE);
    // The builder gives a plugin ten seconds to load, which is little on a machine that does much else.
    plugins.set(idea, stack.use(await build().catch(build)));
  }
  const all = stack.move();
  let trials = 0;

  /** Tries until it ends or dies; returns the ideas that it did not come to. */
  const tryOnce = async (
    tree: string,
    ideas: readonly Idea[],
    caught: Map<string, readonly string[]>,
  ): Promise<Idea[]> => {
    const own = join(folder, `trial-${(trials += 1)}`);
    await cp(original, join(own, 'data'), { recursive: true });
    const entrants = ideas.flatMap((idea) => {
      const plugin = plugins.get(idea);
      return plugin === undefined ? [] : [{ tries: idea.tries, plugin }];
    });
    const trial: Trial = { dataFolder: join(own, 'data'), healthy, entrants };
    await writeFile(join(own, 'trial.json'), JSON.stringify(trial));
    const left = new Set(ideas.map(({ tries }) => tries));
    const ended = await perform(tree, join(own, 'trial.json'), (line) => {
      if (line.t !== 'ended') return;
      left.delete(line.tries);
      if (line.faults.length > 0) caught.set(line.tries, line.faults);
    });
    await rm(own, { recursive: true, force: true });
    if (!ended.ready) throw new Error(`it serves not even the healthy plugin: ${ended.how}`);
    if (ended.during !== undefined) {
      left.delete(ended.during);
      caught.set(ended.during, [ended.how]);
    }
    return ideas.filter(({ tries }) => left.has(tries));
  };

  const tryAll = async (tree: string, ideas: readonly Idea[]): Promise<Map<string, readonly string[]>> => {
    const caught = new Map<string, readonly string[]>();
    for (let left = ideas; left.length > 0;) left = await tryOnce(tree, left, caught);
    return caught;
  };

  return {
    async tryOn(tree, chosen) {
      // What fails twice fails because of the mutation, and not because the machine was busy.
      const once = await tryAll(
        tree,
        chosen.flatMap((group) => GROUPS[group]),
      );
      return tryAll(
        tree,
        [...plugins.keys()].filter(({ tries }) => once.has(tries)),
      );
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Ended {
  readonly ready: boolean;
  /** The idea that was being tried when it died. */
  readonly during: string | undefined;
  readonly how: string;
}

async function perform(tree: string, file: string, onLine: (line: TrialLine) => void): Promise<Ended> {
  const program = join(tree, 'tests/sandbox/hostile/mutations/trial.ts');
  const child = spawn(process.execPath, ['--conditions=jackfield-source', '--disable-proto=delete', program, file], {
    cwd: tree,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ready = false;
  let during: string | undefined;
  let how = 'the host died';
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => {
    words = (words + bytes.toString()).slice(-2000);
  });
  const end = (): void => {
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended.
      }
    }
  };
  const hung = (): void => {
    how = 'it did not end';
    end();
  };
  let silence = setTimeout(hung, STARTING);
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => {
    clearTimeout(silence);
    silence = setTimeout(hung, SILENCE);
    if (!text.startsWith('{"t":')) return;
    const line: TrialLine = JSON.parse(text);
    if (line.t === 'ready') ready = true;
    else during = line.t === 'begins' ? line.tries : undefined;
    onLine(line);
  });
  await once(child, 'exit');
  clearTimeout(silence);
  end();
  return { ready, during, how: ready ? how : `${how}: ${words}` };
}
