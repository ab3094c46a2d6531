import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gradeOf } from '../../host/src/catalog/conformance.ts';
import { openPackage } from '../../host/src/catalog/package-folder.ts';
import { readArchive } from '../../host/src/catalog/archive.ts';
import { packFolder } from '../../host/src/catalog/packing.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { temporaryFolder } from '../support/databases.ts';

const manifest = { bundle: { sha256: 'a'.repeat(64) } };
const ITEM = { id: 'manifest', grade: 'bronze', outcome: 'passed' };
const sound = { ...manifest, plugin: 'graded', version: '1.0.0', grade: 'gold', sdk: '0.1.0', items: [ITEM] };
const report = (said: object): Buffer => Buffer.from(JSON.stringify({ ...sound, ...said }));

test.each([
  ['a grade about this bundle', report({ grade: 'gold' }), 'gold'],
  ['a grade about another bundle', report({ grade: 'gold', bundle: { sha256: 'b'.repeat(64) } }), undefined],
  ['a grade that there is not', report({ grade: 'platinum' }), undefined],
  ['none', report({ grade: null }), undefined],
  ['a grade that no item says anything about', report({ items: [] }), undefined],
  ['a grade among members that nobody declared', report({ surprise: 1 }), undefined],
  ['something that is not JSON', Buffer.from('gold'), undefined],
  ['no file', undefined, undefined],
])('%s counts for what it is, and refuses nothing', (_what, file, grade) => {
  expect(gradeOf(file, manifest)).toBe(grade);
});

test('a folder is packed for other hosts with its grade', async () => {
  await using place = await temporaryFolder();
  const { path } = place;
  const code = Buffer.from('export default {};');
  const bundle = { file: 'plugin.js', sha256: createHash('sha256').update(code).digest('hex'), bytes: code.byteLength };
  const files = {
    'package.json': { name: 'graded', version: '1.0.0', keywords: ['jackfield-plugin'], jackfield: './plugin.json' },
    'plugin.json': { bundle },
    'conformance.json': { ...sound, bundle: { sha256: bundle.sha256 }, grade: 'silver' },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), JSON.stringify(content));
  await writeFile(join(path, 'plugin.js'), code);
  const opened = await openPackage(path, { package: 'graded', path }, defaultLimits);
  expect(opened.grade).toBe('silver');
  const packed = await readArchive(await packFolder(opened, 1000), 100_000);
  expect(gradeOf(packed.get('conformance.json'), { bundle })).toBe('silver');
});
