// A scenario in a process group of its own: when it takes too long it is ended with all that it has started, and what it has
// measured until then is kept.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figure, Report, ScenarioMessage, Settings } from './scenario.ts';

const PROGRAM = join(import.meta.dirname, '../run-scenario.ts');

export async function runScenario(
  name: string,
  settings: Settings,
  env: Readonly<Record<string, string>>,
  deadlineMs: number,
): Promise<Report> {
  const startedAt = performance.now();
  const figures: Figure[] = [];
  let about = { work: '', baseline: '' };
  let failure: string | undefined = 'its process died';
  const child = spawn(process.execPath, ['--conditions=jackfield-source', PROGRAM, name, JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
    detached: true,
  });
  child.on('message', (text) => {
    const message = text as ScenarioMessage;
    if (message.kind === 'about') about = message;
    else if (message.kind === 'figure') figures.push(message.figure);
    else failure = message.failure;
  });
  const end = (): void => killGroup(child);
  const interrupt = (): void => {
    end();
    process.exit(130);
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const timer = setTimeout(() => {
    failure = `it took more than ${(deadlineMs / 1000).toFixed(0)} s`;
    child.removeAllListeners('message');
    end();
  }, deadlineMs);
  await once(child, 'exit');
  clearTimeout(timer);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  // What it left behind when it died would take its share from the next one.
  end();
  const seconds = (performance.now() - startedAt) / 1000;
  return { scenario: name, ...about, seconds, figures, ...(failure === undefined ? {} : { failure }) };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
