// What `create` writes, as it is: nobody has touched it.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { ask, defaultsFor, recordCassette, SIGN_INS, validatePlugin, writePackage } from '@jackfield/sdk/cli';
import { openPlugin, runConformance } from '@jackfield/sdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository, tempFolder, writeFiles, type TempFolder } from '../support/plugin-package.ts';

const run = promisify(execFile);
const main = join(repository, 'sdk/src/cli/main.ts');
/** Secrets of the simulators that `create` writes. */
const SECRET = 'for the simulator only';

let folder: TempFolder;
const packageOf = (signIn: string): string => join(folder.path, signIn);

beforeAll(async () => {
  folder = await tempFolder();
  for (const signIn of SIGN_INS) {
    await mkdir(packageOf(signIn));
    await writePackage(packageOf(signIn), { ...defaultsFor(`Acme's ${signIn}`), signIn });
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

it('whichever way to sign in is chosen, it compiles and validate finds nothing', async () => {
  const { compilerOptions }: { compilerOptions: object } = JSON.parse(
    await readFile(join(packageOf('basic'), 'tsconfig.json'), 'utf8'),
  );
  // All four in one run of the compiler, by their own options; in the repository the SDK is its sources.
  await writeFiles(folder.path, {
    'tsconfig.json': {
      compilerOptions: { ...compilerOptions, customConditions: ['jackfield-source'] },
      include: SIGN_INS.flatMap((signIn) => ['src', 'test', 'simulator'].map((part) => `${signIn}/${part}`)),
    },
  });
  await run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder.path]);
  for (const signIn of SIGN_INS)
    expect({ signIn, found: await validatePlugin(packageOf(signIn)) }).toEqual({ signIn, found: [] });
});

it('its own tests pass, in the sandbox of a host', async () => {
  const wanted = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? SIGN_INS : (['bearer'] as const);
  for (const signIn of wanted) {
    const command = ['--conditions=jackfield-source', main, 'test', '--test-reporter=tap'];
    const { stdout } = await run(process.execPath, command, { cwd: packageOf(signIn) });
    expect(stdout).toContain(signIn === 'none' ? '# pass 3' : '# pass 4');
    expect(stdout).toContain('# fail 0');
  }
});

it('as it stands, the conformance suite calls it gold', async () => {
  const wanted = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? SIGN_INS : (['bearer'] as const);
  for (const signIn of wanted) {
    const { items, grade } = await runConformance(packageOf(signIn));
    expect({ signIn, failed: items.filter(({ outcome }) => outcome !== 'passed') }).toEqual({ signIn, failed: [] });
    expect(grade).toBe('gold');
  }
});

it('what its vendor answers is recorded without the secret, and played back', async () => {
  const root = packageOf('header');
  const simulator: { startSimulator(): Promise<AsyncDisposable & { config: Record<string, string> }> } = await import(
    join(root, 'simulator/main.ts')
  );
  const lines: string[] = [];
  const config = await (async () => {
    await using vendor = await simulator.startSimulator();
    await recordCassette(root, 'cassettes/vendor.json', { config: vendor.config, print: (line) => lines.push(line) });
    return vendor.config;
  })();
  expect(lines).toEqual(['check  1 call', 'query open_items  1 call', 'cassettes/vendor.json  2 calls']);
  expect(await readFile(join(root, 'cassettes/vendor.json'), 'utf8')).not.toContain(SECRET);
  expect(config).toMatchObject({ key: SECRET });
  await using plugin = await openPlugin(root, { config, vendor: 'cassettes/vendor.json' });
  expect((await plugin.query('open_items')).rows.map(({ id }) => id)).toEqual(['A-1', 'A-2']);
});

it('asks five questions, and shows the usual answer', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked = ['called?', 'npm package?', 'API answer?', 'sign in?', 'licence?'];
  const typed = ['Acme Status', '', '', '\u001b[B', ''];
  let seen = '';
  output.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    if (asked[0] === undefined || !seen.includes(asked[0])) return;
    asked.shift();
    const keys = typed.shift() ?? '';
    if (keys !== '') input.write(keys);
    setImmediate(() => input.write('\r'));
  });
  expect(await ask({}, { input, output })).toEqual({
    displayName: 'Acme Status',
    packageName: 'jackfield-plugin-acme-status',
    baseUrl: 'https://api.acme-status.example',
    signIn: 'basic',
    licence: 'Apache-2.0',
  });
  expect(asked).toEqual([]);
});

it('writes nothing into a folder that has something in it', async () => {
  await writeFile(join(folder.path, 'note.txt'), 'mine');
  await expect(writePackage(folder.path, defaultsFor('Acme'))).rejects.toThrow('is not empty');
});

it('a flag that is wrong is named, and nobody who cannot answer is asked', async () => {
  const create = (...flags: string[]) =>
    run(process.execPath, ['--conditions=jackfield-source', main, 'create', join(folder.path, 'x'), ...flags]).catch(
      (error: unknown) => (error as { stderr: string }).stderr,
    );
  expect(await create('--name', 'Acme', '--sign-in', 'magic')).toMatch(/^--sign-in "magic": one of bearer, basic/);
  expect(await create('--sign-in', 'none')).toMatch(/^nobody can be asked for --name, --package, --url, --licence\n/);
});
