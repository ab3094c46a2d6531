import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPlugin, findingText, validatePlugin } from '@jackfield/sdk/cli';
import { describe, expect, it } from 'vitest';
import {
  packageJson,
  pluginSource,
  repository,
  tempFolder,
  writeFiles,
  type TempFolder,
} from '../support/plugin-package.ts';

/** As it comes out of a tarball: without its sources. */
async function publishedPlugin(): Promise<TempFolder> {
  const folder = await builtPlugin();
  await rm(join(folder.path, 'src'), { recursive: true });
  return folder;
}

async function builtPlugin(): Promise<TempFolder> {
  const folder = await tempFolder();
  await writeFiles(folder.path, {
    'package.json': { ...packageJson('tiny'), license: 'MIT', files: ['dist'] },
    LICENSE: 'MIT License',
    'README.md': `# Tiny\n\n${'Shows items. It needs a baseUrl and a token. '.repeat(5)}`,
    'src/plugin.ts': pluginSource('tiny'),
  });
  await buildPlugin(folder.path);
  return folder;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function command(...args: string[]): Promise<Ended> {
  const main = join(repository, 'sdk/src/cli/main.ts');
  try {
    const done = await promisify(execFile)(process.execPath, ['--conditions=jackfield-source', main, ...args]);
    return { code: 0, ...done };
  } catch (error) {
    return error as Ended;
  }
}

describe('jackfield-plugin validate', () => {
  it('finds nothing in what build wrote', async () => {
    await using folder = await builtPlugin();
    expect(await validatePlugin(folder.path)).toEqual([]);
  });

  it('finds nothing in what is published of it, without the sources', async () => {
    await using folder = await publishedPlugin();
    expect(await validatePlugin(folder.path)).toEqual([]);
  });

  it('finds a published bundle that is not the one of the manifest', async () => {
    await using folder = await publishedPlugin();
    await writeFile(join(folder.path, 'dist/plugin.js'), 'export default {};');
    expect(await validatePlugin(folder.path)).toEqual([
      {
        rule: 'build',
        severity: 'error',
        file: 'dist/plugin.json',
        line: expect.any(Number),
        column: 5,
        pointer: '/bundle/sha256',
        message: expect.stringContaining('jackfield-plugin build'),
      },
    ]);
  });

  it('finds a published version that differs', async () => {
    await using folder = await publishedPlugin();
    const file = join(folder.path, 'package.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"1.0.0"', '"1.0.1"'));
    const found = await validatePlugin(folder.path);
    expect(found.map(({ file, pointer }) => `${file} ${pointer}`)).toEqual(['dist/plugin.json /version']);
  });

  it('finds what a published bundle must not import', async () => {
    await using folder = await publishedPlugin();
    await writeFile(join(folder.path, 'dist/plugin.js'), "import 'node:fs';\nexport default {};");
    expect((await validatePlugin(folder.path)).map(findingText)).toContain(
      'dist/plugin.js:1:1: error: imports "node:fs", which plugins do not have [builtins]',
    );
  });

  it('finds cassettes that hold a secret, or are none', async () => {
    await using folder = await builtPlugin();
    const cassette = (text: string): object => ({
      version: 1,
      plugin: 'tiny',
      exchanges: [
        {
          request: { method: 'GET', url: 'https://base.invalid/' },
          response: { status: 200, headers: [], body: { text } },
        },
      ],
    });
    await writeFiles(folder.path, {
      'cassettes/a.json': cassette('fine'),
      'cassettes/b.json': cassette('Authorization: Bearer canary-canary-1'),
      'cassettes/c.json': { version: 2 },
      'cassettes/notes.txt': 'not one',
    });
    const found = await validatePlugin(folder.path);
    expect(found.map(({ file, pointer }) => `${file} ${pointer}`)).toEqual([
      'cassettes/b.json /exchanges/0/response/body',
      'cassettes/c.json /plugin',
      'cassettes/c.json /exchanges',
      'cassettes/c.json /version',
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  it('says that nothing was built', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, { 'package.json': packageJson('tiny') });
    const found = await validatePlugin(folder.path);
    expect(found.filter(({ rule }) => rule === 'build')).toEqual([
      { rule: 'build', severity: 'error', file: 'dist/plugin.json', message: expect.stringContaining('ENOENT') },
    ]);
  });
});

describe('the command line', () => {
  it('prints one line per file with its size', async () => {
    await using folder = await builtPlugin();
    const { code, stdout } = await command('build', folder.path);
    const bytes = (await readFile(join(folder.path, 'dist/plugin.js'))).byteLength;
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(new RegExp(`dist/plugin\\.js  ${bytes} bytes$`));
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it('ends with 1 and one line per finding, or JSON for machines', async () => {
    await using folder = await publishedPlugin();
    const file = join(folder.path, 'dist/plugin.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    await writeFiles(folder.path, { 'dist/plugin.json': { ...manifest, name: 'Not Fine', host: 'soon' } });
    const plain = await command('validate', folder.path);
    expect(plain.code).toBe(1);
    expect(plain.stdout).toMatch(/^dist\/plugin\.json:3:3: error: \/name .+ \[schema\]\n1 error, 0 warnings\n$/);
    const machine = await command('validate', folder.path, '--json');
    expect(machine.code).toBe(1);
    expect(JSON.parse(machine.stdout)).toEqual([
      expect.objectContaining({ rule: 'schema', severity: 'error', file: 'dist/plugin.json', pointer: '/name' }),
    ]);
  });

  it('ends with 0 for warnings, and with 1 when told to be strict', async () => {
    await using folder = await builtPlugin();
    await rm(join(folder.path, 'LICENSE'));
    const { code, stdout } = await command('validate', folder.path);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 0, last: '0 errors, 1 warning' });
    expect((await command('validate', folder.path, '--strict')).code).toBe(1);
  });

  it('ends with 1 and the fault on stderr when a build fails, without a stack', async () => {
    await using folder = await tempFolder();
    const { code, stderr } = await command('build', folder.path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^package\.json: cannot be read/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
