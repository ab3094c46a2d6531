// Mistakes that authors make. Each file of `typos` has one, in the line after `// typo`; its first line says who finds it, and a
// piece of what is said: the editor (the compiler's types), `validate`, or a run in the sandbox.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findingText, validatePlugin } from '@jackfield/sdk/cli';
import { openPlugin, PluginError } from '@jackfield/sdk/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/plugin-package.ts';

const folder = join(repository, 'tests/sdk-cli/typos');

interface Typo {
  readonly file: string;
  readonly line: number;
  readonly finder: string;
  readonly says: string;
}

const typos: readonly Typo[] = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    const [, finder = '', says = ''] = /^\/\/ ([^:]+): (.+)$/.exec(lines[0] ?? '') ?? [];
    return { file, line: lines.findIndex((text) => text.trim() === '// typo') + 2, finder, says };
  });
const foundBy = (finder: string): readonly Typo[] => typos.filter((typo) => typo.finder === finder);

/** What the compiler says, by file: the line and all of the message. One run for all of them. */
async function compile(): Promise<Map<string, string[]>> {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const text = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], (_error, stdout) => resolve(stdout));
  });
  const found = new Map<string, string[]>();
  for (const message of text.split(/\n(?=\S)/)) {
    const [, file = '', line = '', said = ''] = /([\w-]+\.ts)\((\d+),\d+\): error (.+)$/s.exec(message) ?? [];
    found.set(file, [...(found.get(file) ?? []), `${line}: ${said}`]);
  }
  return found;
}

let compiled: Map<string, string[]>;
beforeAll(async () => {
  compiled = await compile();
});

it('there are twenty, and each is marked', () => {
  expect(typos.length).toBeGreaterThanOrEqual(20);
  expect(typos.filter(({ line, says }) => line === 1 || says === '')).toEqual([]);
});

describe('in the editor', () => {
  it.for(foundBy('editor'))('$file: $says', ({ file, line, says }) => {
    const [message, ...others] = compiled.get(file) ?? [];
    expect(message).toMatch(new RegExp(`^${line}: `));
    expect(message).toContain(says);
    expect(others).toEqual([]);
  });

  it('nothing is said about the others', () => {
    const files = new Set(foundBy('editor').map(({ file }) => file));
    expect([...compiled.keys()].filter((file) => !files.has(file))).toEqual([]);
  });
});

describe('by validate', () => {
  it.for(foundBy('validate'))('$file: $says', async ({ file, line, says }) => {
    const findings = await validatePlugin(folder, { entry: file });
    const errors = findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'readme').map(findingText);
    expect(errors).toEqual([expect.stringContaining(says)]);
    expect(errors[0]).toMatch(new RegExp(`^${file}:${line}:`));
  });
});

describe('by a run in the sandbox', () => {
  it.for(foundBy('sandbox'))('$file: $says', async ({ file, line, says }) => {
    const config = { baseUrl: 'https://typo.example', token: 'one' };
    await using plugin = await openPlugin(folder, { entry: file, config, vendor: () => Response.json([]) });
    const isStream = plugin.manifest.streams?.['items'] !== undefined;
    const running = isStream ? plugin.stream('items').read() : plugin.query('items');
    const failed = await running.catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(PluginError);
    expect(String(failed)).toContain(says);
    expect(String(failed)).toContain(`${file}:${line}:`);
  });
});
