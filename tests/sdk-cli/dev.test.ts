// `jackfield-plugin dev` with what `create` writes: a save is live, a mistake is said and changes nothing.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultsFor, startDev, writePackage, type Dev } from '@jackfield/sdk/cli';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tempFolder, type TempFolder } from '../support/plugin-package.ts';
import { until } from '../support/until.ts';

const QUERY = '/api/instances/dev/queries/open_items';
/** On a machine that has other things to do. */
const PATIENCE = 60_000;
let folder: TempFolder;
let dev: Dev;
let source: string;
const lines: string[] = [];

/** A package without `node_modules` of its own finds those of the repository: the host is installed beside it. */
beforeAll(async () => {
  folder = await tempFolder();
  const root = join(folder.path, 'acme');
  await writePackage(root, defaultsFor('Acme'));
  source = join(root, 'src/plugin.ts');
  const starting = startDev(root, { port: 0, print: (line) => lines.push(line) });
  // It has built what it begins with, and nobody watches the files yet.
  await until(async () => existsSync(join(root, '.jackfield/plugins.json')) || undefined, PATIENCE);
  await change(["displayName: 'Acme'", "displayName: 'Acme, saved early'"]);
  dev = await starting;
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${lines.join('\n')}\n`);
});
afterAll(async () => {
  await dev?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

type Edit = readonly [from: string, to: string];
const edit = async (file: string, edits: readonly Edit[]): Promise<void> => {
  let text = await readFile(file, 'utf8');
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  await writeFile(file, text);
};
const change = (...edits: readonly Edit[]): Promise<void> => edit(source, edits);
const ids = async (): Promise<unknown[]> => {
  const { rows } = await dev.api.get<{ rows: { id: string }[] }>(QUERY);
  return rows.map(({ id }) => id);
};
/** Somebody answers all along. */
const idsBecome = (expected: readonly string[]): Promise<unknown> =>
  until(async () => (await ids()).join() === expected.join() || undefined, PATIENCE);
/** Resolves with the lines that were printed since, the last of which is this one. */
const saidUpTo = (from: number, text: string | RegExp): Promise<readonly string[]> =>
  until(async () => {
    const end = lines.findIndex((line, index) => index >= from && line.search(text) >= 0);
    return end < 0 ? undefined : lines.slice(from, end + 1);
  }, PATIENCE);

it('what was saved while it started is live, too', async () => {
  const { displayName } = await until(async () => {
    const plugin = await dev.api.get<{ displayName: string }>('/api/plugins/acme');
    return plugin.displayName === 'Acme' ? undefined : plugin;
  }, PATIENCE);
  expect(displayName).toBe('Acme, saved early');
});

it('has an instance at the simulator, and says what is asked of it', async () => {
  expect(await ids()).toEqual(['A-1', 'A-2']);
  await until(async () => lines.some((line) => /query open_items  2 rows, \d+ ms, 1 call$/.test(line)) || undefined);
  expect(lines).toContainEqual(expect.stringMatching(/^\d\d:\d\d:\d\d    GET \/items\?state=open  200  \d+ ms$/));
  expect(lines.join('\n')).not.toContain('for the simulator only');
});

it('a save is live: nothing that the version before has answered is served again', async () => {
  const throwing = "if (params.severity === 'low') throw new TypeError('too low');\n        yield items.map(";
  await change(['state=open${filter}', 'state=closed${filter}'], ['yield items.map(', throwing]);
  await idsBecome(['A-3']);
  expect(await until(async () => lines.find((line) => line.startsWith('reloaded')))).toMatch(/^reloaded in \d+ ms$/);
});

it('a save goes live in the host that runs: of those that ask meanwhile nobody is turned away', async () => {
  const from = lines.length;
  const seen: string[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) seen.push((await ids()).join());
  })();
  await change(['ctx.fetch(`/items?state=closed${filter}`)', 'ctx.fetch(`/items?state=open${filter}`)']);
  await saidUpTo(from, /^reloaded/);
  over.abort();
  await asking;
  expect(seen.join(' ')).toMatch(/^(A-3 )*(A-1,A-2 ?)*$/);
  await change(['ctx.fetch(`/items?state=open${filter}`)', 'ctx.fetch(`/items?state=closed${filter}`)']);
  await idsBecome(['A-3']);
});

it('what a run throws is said with the line that threw', async () => {
  await expect(dev.api.get(`${QUERY}?severity=low`)).rejects.toThrow('threw TypeError');
  const said = await until(async () => lines.find((line) => line.includes('error  TypeError: too low')));
  expect(said).toMatch(/^\S+  error  TypeError: too low\n +at Object\.rows \(src\/plugin\.ts:50:\d+\)$/);
});

it('a mistake is said with its line, and the version before goes on', async () => {
  await change(["cache: '60s'", "cache: '60 s'"]);
  await until(async () => lines.includes('the version before goes on') || undefined);
  expect(lines).toContainEqual(
    expect.stringMatching(/^src\/plugin\.ts:45:7: queries\.open_items\.cache must be a duration/),
  );
  expect(await ids()).toEqual(['A-3']);
});

it('a config that cannot go along costs the instance, until the vendor has one that fits', async () => {
  let from = lines.length;
  await change(
    ["cache: '60 s'", "cache: '60s'"],
    ["required: ['baseUrl'", "required: ['region', 'baseUrl'"],
    ['properties: {\n', "properties: {\n      region: { type: 'string' },\n"],
  );
  expect((await saidUpTo(from, /^reloaded/)).join('\n')).toMatch(
    /^the instance "dev" is made anew: .*\nthe instance "dev" could not be made: [^]*\/region/,
  );
  await expect(ids()).rejects.toThrow('404');
  from = lines.length;
  await edit(join(dirname(source), '../simulator/main.ts'), [['config: {', "config: { region: 'north',"]]);
  await until(async () => (await ids().catch(() => [])).join() === 'A-3' || undefined, PATIENCE);
});

it('migrations take the instance along, and a new stream has its job', async () => {
  const from = lines.length;
  const stream = `stream({
    title: 'Items', columns: { id: { type: 'string' } }, primaryKey: ['id'], deletion: 'explicit', every: '1h',
    async *read() { yield upsert([{ id: 'S-1' }]); yield checkpoint(1); },
  })`;
  const steps = `migrations: [{
    from: 1, to: 2, up: ({ region, ...rest }) => ({ ...rest, area: region }), down: ({ area, ...rest }) => ({ ...rest, region: area }),
  }]`;
  await change(
    ["required: ['region'", "required: ['area'"],
    ['region: {', 'area: {'],
    ['  config: {', `  configVersion: 2,\n  ${steps},\n  streams: { items: ${stream} },\n  config: {`],
    ['import { ', 'import { checkpoint, stream, upsert, '],
  );
  expect(await saidUpTo(from, /^reloaded/)).toEqual([expect.stringMatching(/^reloaded/)]);
  expect(await dev.api.get('/api/instances/dev')).toMatchObject({ config: { area: 'north' } });
  const { runId } = await dev.api.send<{ runId: string }>('POST', '/api/instances/dev/sync-jobs/items/run', {});
  expect(
    await until(async () => {
      const run = await dev.api.get<{ state: string }>(`/api/runs/${runId}`);
      return ['queued', 'running'].includes(run.state) ? undefined : run;
    }),
  ).toMatchObject({ state: 'succeeded' });
});

it('when an instance of the author cannot go along nothing changes, and it is said why', async () => {
  const config = await dev.api.get<{ config: object }>('/api/instances/dev');
  await dev.api.send('POST', '/api/instances', {
    plugin: 'acme',
    id: 'own',
    name: 'Own',
    config: { ...config.config, token: 'x' },
  });
  const from = lines.length;
  await change(
    ['configVersion: 2', 'configVersion: 3'],
    [
      'region: area }),\n  }]',
      "region: area }),\n  }, { from: 2, to: 3, up: () => { throw new Error('no way'); }, down: (config) => config }]",
    ],
  );
  const said = (await saidUpTo(from, 'the version before goes on')).join('\n');
  expect(said).toMatch(/the host refuses the plugin: the config of \d of \d instances cannot go along: .*no way/);
  expect(await ids()).toEqual(['A-3']);
  expect(await dev.api.get('/api/instances/own')).toMatchObject({ config: { area: 'north' } });
});

it('says what to install when there is no host', async () => {
  await expect(startDev('/', { port: 0, print: () => undefined })).rejects.toMatchObject({
    next: expect.stringContaining('npm install --save-dev --save-exact @jackfield/host@'),
  });
});
