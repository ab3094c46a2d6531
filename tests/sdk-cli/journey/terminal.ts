// Somebody's terminal, on a computer that has Node and npm, a registry and an empty folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../../support/until.ts';

export interface Terminal extends AsyncDisposable {
  readonly cwd: string;
  /** Runs a command to its end. @returns its lines. @throws what it said when it fails. */
  run(command: string): Promise<readonly string[]>;
  /** Starts one that stays, and waits for a line of it. */
  start(command: string): Running;
  /** Also of those that it starts from now on. */
  set(name: string, value: string): void;
}

export interface Running {
  readonly lines: readonly string[];
  /** A part of what it says. @throws when it ends before. */
  says(text: RegExp): Promise<RegExpExecArray>;
  /** As Ctrl-C does it. */
  stop(): Promise<void>;
}

/** On a machine that has other things to do. */
const PATIENCE = 180_000;

export async function openTerminal(registry: string): Promise<Terminal> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'jackfield-journey-')));
  const bin = join(home, 'bin');
  await mkdir(bin);
  await symlink(process.execPath, join(bin, 'node'));
  let cwd = join(home, 'empty');
  await mkdir(cwd);
  // Nothing of the repository: neither its commands nor what npm or vitest have set here.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const env: Record<string, string> = {
    PATH: [bin, ...path].join(delimiter),
    HOME: home,
    TMPDIR: tmpdir(),
    npm_config_registry: registry,
    npm_config_update_notifier: 'false',
    JACKFIELD_PORT: '0',
  };
  const running = new Set<Running>();

  const start = (command: string): Running => {
    const child = spawn('/bin/sh', ['-c', `{ ${command}\n} 2>&1`], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const one = follow(child, command);
    running.add(one);
    return one;
  };

  return {
    get cwd() {
      return cwd;
    },
    set(name, value) {
      env[name] = value;
    },
    start,
    async run(command) {
      const folder = /^cd (\S+)$/.exec(command)?.[1];
      const [, name, value = ''] = /^export (\w+)=(\S+)$/.exec(command) ?? [];
      if (folder !== undefined) cwd = resolve(cwd, folder);
      else if (name !== undefined) env[name] = value;
      else return await ended(command);
      return [];
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((one) => one.stop()));
      await rm(home, { recursive: true, force: true });
    },
  };

  async function ended(command: string): Promise<readonly string[]> {
    const child = spawn('/bin/sh', ['-c', `{ ${command}\n} 2>&1`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const one = follow(child, command);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`$ ${command} ended with ${code}:\n${one.lines.join('\n')}`);
    return one.lines;
  }
}

function follow(child: ChildProcess, command: string): Running {
  const lines: string[] = [];
  if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => lines.push(line));
  let isOver = false;
  const closed = once(child, 'close').then(() => (isOver = true));
  return {
    lines,
    says: (text) =>
      until(async () => {
        const found = text.exec(lines.join('\n'));
        if (found === null && isOver) throw new Error(`$ ${command} ended:\n${lines.join('\n')}`);
        return found ?? undefined;
      }, PATIENCE),
    async stop() {
      if (!isOver && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      await closed;
    },
  };
}
