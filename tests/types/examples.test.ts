// Every example in the SDK's documentation compiles as an author would write it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'sdk/src/define');
const FOLDER = join(ROOT, 'node_modules/.cache/sdk-examples');

function examplesOf(text: string): string[] {
  return [...text.matchAll(/\* @example\n([\s\S]*?)\n \*\//g)].map(([, body = '']) => body.replaceAll(/^ \* ?/gm, ''));
}

const examples = [SOURCES, join(ROOT, 'sdk/src/testing')].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => examplesOf(readFileSync(join(folder, file), 'utf8'))),
);

beforeAll(() => {
  for (const name of ['src', 'test']) mkdirSync(join(FOLDER, name), { recursive: true });
  // They may await at their top, as modules do.
  writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module" }');
  // Tests among them import the plugin that they are of.
  writeFileSync(
    join(FOLDER, 'src/plugin.ts'),
    `import { definePlugin } from '@jackfield/sdk';
     export default definePlugin({ name: 'x', displayName: 'X', config: { type: 'object', properties: {} } });`,
  );
  examples.forEach((example, index) => writeFileSync(join(FOLDER, `test/example-${index}.ts`), example));
  const compilerOptions = { noEmit: true, composite: false, isolatedDeclarations: false };
  writeFileSync(
    join(FOLDER, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['*/*.ts'] }),
  );
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('every example in the SDK compiles', () => {
  expect(examples.length).toBeGreaterThanOrEqual(9);
  const compile = (): string =>
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', FOLDER], { encoding: 'utf8' });
  expect(compile()).toBe('');
});

test('everything the SDK exports is documented', () => {
  const undocumented = readdirSync(SOURCES).flatMap((file) =>
    [
      ...readFileSync(join(SOURCES, file), 'utf8').matchAll(
        /(\*\/\n)?^export (?:function|class|interface|type|const) (\w+)/gm,
      ),
    ]
      .filter(([, comment]) => comment === undefined)
      .map(([, , name]) => name),
  );
  expect(undocumented).toEqual([]);
});
