// The guide is done as it stands, in an empty folder of a computer that has none of the repository but its packed packages, and each
// command must say what the guide shows. `JACKFIELD_WRITE_GUIDE=1` writes into it what they say. At full scale only: it installs a host
// twice and takes half a minute of CPU; what `create` writes, `dev`, `pack` and `jackfield plugin` have tests of their own in `npm test`.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCREENSHOTS, startBrowser } from '../support/browser.ts';
import { repository } from '../support/plugin-package.ts';
import { startRegistry, type Registry } from '../support/registry.ts';
import { seeWidget } from './journey/first-day.ts';
import { type Command, type Edit, readGuide, shortened, steady, writeGuide } from './journey/guide.ts';
import { openTerminal, type Running, type Terminal } from './journey/terminal.ts';

const WRITES = 'JACKFIELD_WRITE_GUIDE' in process.env;
const LONG = 600_000;
const run = promisify(execFile);
/** They go on beside the others. What the last thing is that each of them says before somebody goes on, too. */
const STAYING: Readonly<Record<string, RegExp>> = {
  'npm run dev': /check  \d+ ms/,
  'npx jackfield start': /the host answers/,
  'node ../jackfield-plugin-acme-status/simulator/main.ts': /^\{"url".*\}$/m,
};
/** Of these the guide shows nothing: what npm says of an install depends on its version. */
const SILENT = /^(cd|mkdir|export|npm install)\b/;
/** The port of the guide may be taken here. */
const ANY_PORT: Readonly<Record<string, string>> = { 'npm run dev': 'npm run dev -- --port 0' };

describe.runIf(process.env['JACKFIELD_TEST_SCALE'] === 'full' || WRITES)('the guide', { timeout: LONG }, () => {
  let registry: Registry;
  let terminal: Terminal;
  const staying = new Map<string, Running>();
  const output = new Map<string, readonly string[]>();

  beforeAll(async () => {
    // What is packed.
    await run('npm', ['exec', '--', 'tsc', '-b', 'host'], { cwd: repository });
    await run(process.execPath, ['scripts/build-ui.ts'], { cwd: repository });
    registry = await startRegistry();
    terminal = await openTerminal(registry.url);
  }, LONG);
  afterAll(async () => {
    await terminal?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  it('does what it says, from an empty folder to a plugin on a host that runs', async () => {
    for (const step of await readGuide()) {
      if ('from' in step) await save(step);
      else await type(step.command);
    }
    expect([...staying.keys()]).toEqual(Object.keys(STAYING));
  });

  it('its widget is on a dashboard', async () => {
    const [setupUrl] = await host().says(/http\S+setup#\S+/);
    const [printed] = await simulator().says(/^\{"url".*\}$/m);
    const { config }: { config: { baseUrl: string; token: string } } = JSON.parse(printed);
    await using browser = await startBrowser();
    await using window = await browser.open();
    const { page, troubles } = window;
    const rows = await seeWidget(page, setupUrl, config);
    expect(rows).toContain('A-1: The disk of db-1 is nearly full');
    expect(rows).toContain('A-2: A certificate ends soon');
    expect(troubles).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, 'journey-widget.png') });
  });

  it('shows what the commands say', async () => {
    if (WRITES) await writeGuide(output);
    const shown = (await readGuide()).filter((step) => 'command' in step && !SILENT.test(step.command)) as Command[];
    const of = (command: string, lines: readonly string[]): string[] => {
      const same = lines.map(steady);
      // What stays says some things now or a moment later, and some again.
      return [command, ...(command in STAYING ? [...new Set(same)].toSorted() : same)];
    };
    expect(shown.map((step) => of(step.command, step.shown))).toEqual(
      [...output].map(([command, lines]) => of(command, lines)),
    );
  });

  async function type(command: string): Promise<void> {
    const last = STAYING[command];
    if (last === undefined) {
      const lines = await terminal.run(filledIn(command));
      if (!SILENT.test(command)) output.set(command, said(lines));
      return;
    }
    const one = terminal.start(ANY_PORT[command] ?? command);
    staying.set(command, one);
    await one.says(last);
    output.set(command, said(one.lines));
  }

  function host(): Running {
    return staying.get('npx jackfield start') as Running;
  }

  function simulator(): Running {
    return staying.get('node ../jackfield-plugin-acme-status/simulator/main.ts') as Running;
  }

  /** With what this host has printed, in the place of what the guide's had. */
  function filledIn(command: string): string {
    const find = (text: RegExp) => text.exec(host().lines.join('\n'))?.[0] ?? '';
    if (command.startsWith('export JACKFIELD_URL=')) return `export JACKFIELD_URL=${find(/http:\/\/127\.0\.0\.1:\d+/)}`;
    return command.startsWith('export JACKFIELD_TOKEN=') ? `export JACKFIELD_TOKEN=${find(/jf_[\w-]+/)}` : command;
  }

  /** Of the plugin that `dev` runs: what it answers after that is what was saved. */
  async function save({ from, to }: Edit): Promise<void> {
    const file = join(terminal.cwd, 'src/plugin.ts');
    const text = await readFile(file, 'utf8');
    expect(text).toContain(from);
    await writeFile(
      file,
      text.replace(from, () => to),
    );
    const dev = staying.get('npm run dev') as Running;
    await dev.says(/reloaded in/);
    const [, url = '', login, password] = await dev.says(/(http\S+) +login: (\S+) +password: (\S+)/);
    const signedIn = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login, password }),
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((value) => value.split(';')[0])
      .join('; ');
    const answer = await fetch(`${url}/api/instances/dev/queries/open_items`, { headers: { cookie } });
    const { rows } = (await answer.json()) as { rows: { title: string }[] };
    expect(rows.map(({ title }) => title)).toEqual([
      'A-1: The disk of db-1 is nearly full',
      'A-2: A certificate ends soon',
    ]);
    await dev.says(/query open_items/);
    output.set('npm run dev', said(dev.lines));
    await dev.stop();
  }

  /** Without what npm says of itself, a host's log, and the steps of a change: whoever asks now and then sees some of them. */
  function said(lines: readonly string[]): string[] {
    return lines.filter((line) => line !== '' && !/^(> |npm (warn|notice)|\{"level")| …$/.test(line)).map(shortened);
  }
});
