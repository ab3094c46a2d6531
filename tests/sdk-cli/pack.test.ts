import { createHash } from 'node:crypto';
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findingText, packPlugin, UnsoundError } from '@jackfield/sdk/cli';
import { expect, it } from 'vitest';
import { repository, tempFolder, type TempFolder } from '../support/plugin-package.ts';

async function plugin(): Promise<TempFolder> {
  const folder = await tempFolder();
  await cp(join(repository, 'tests/sdk-cli/base-package'), folder.path, { recursive: true });
  return folder;
}

it('packs what it has just built, and says the integrity that a host checks', async () => {
  await using folder = await plugin();
  const packed = await packPlugin(folder.path);
  expect(packed).toMatchObject({ warnings: [], grade: undefined });
  expect(basename(packed.file)).toBe('acme-plugin-tiny-1.0.0.tgz');
  expect(packed.files).toEqual(['LICENSE', 'README.md', 'dist/plugin.js', 'dist/plugin.json', 'package.json']);
  const bytes = await readFile(packed.file);
  expect(packed.bytes).toBe(bytes.byteLength);
  expect(packed.integrity).toBe(`sha512-${createHash('sha512').update(bytes).digest('base64')}`);
});

it('packs nothing when validate finds an error, and says which', async () => {
  await using folder = await plugin();
  await writeFile(join(folder.path, 'src/leak.js'), `export const token = 'f3b9c04e77d21a98e0';\n`);
  const source = join(folder.path, 'src/plugin.js');
  await writeFile(source, `import { token } from './leak.js';\n${await readFile(source, 'utf8')}\nexport { token };\n`);
  const refused = await packPlugin(folder.path).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnsoundError);
  expect((refused as UnsoundError).findings.map(findingText)).toEqual([
    expect.stringMatching(/^src\/leak\.js:1:22: error: .* \[secrets\]$/),
  ]);
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.tgz'))).toEqual([]);
});

it('packs no grade that is of another build, or that nobody can read', async () => {
  await using folder = await plugin();
  const file = join(folder.path, 'package.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"dist"', '"dist", "conformance.json"'));
  const items = [{ id: 'manifest', grade: 'bronze', outcome: 'passed' }];
  const report = { plugin: 'p', version: '1.0.0', grade: 'gold', bundle: { sha256: '0'.repeat(64) }, sdk: '1', items };
  for (const [text, says] of [
    [JSON.stringify(report), 'conformance.json is about another build'],
    [JSON.stringify({ ...report, grade: 'platinum' }), 'conformance.json/grade must be one of'],
    ['gold', 'conformance.json is not JSON'],
  ] as const) {
    await writeFile(join(folder.path, 'conformance.json'), text);
    await expect(packPlugin(folder.path)).rejects.toThrow(says);
  }
});
