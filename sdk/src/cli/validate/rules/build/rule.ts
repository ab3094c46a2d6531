import { createHash } from 'node:crypto';
import { error, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

const AGAIN = 'run jackfield-plugin build';

/** What is published is what the sources say, whole. */
export const build: Rule = {
  id: 'build',
  asks: 'the sources build, and `dist`, if it is there, is what they give',
  async check(subject) {
    const faults = subject.faults
      .filter(({ pointer, forbidden }) => pointer === undefined && forbidden === undefined)
      .map(({ place, message }) => error(place ?? { file: 'dist/plugin.json' }, message));
    return subject.faults.length > 0 || subject.published === undefined ? faults : distFindings(subject);
  },
};

async function distFindings({ draft, published, manifest, packageJson, read }: Subject): Promise<Finding[]> {
  const bytes = await read('dist/plugin.js');
  if (bytes === undefined) return [error({ file: 'dist/plugin.js' }, `cannot be read; ${AGAIN}`)];
  if (draft !== undefined) {
    const text = (await read('dist/plugin.json'))?.toString();
    if (bytes.equals(draft.bytes) && text === draft.manifestText) return [];
    const file = bytes.equals(draft.bytes) ? 'dist/plugin.json' : 'dist/plugin.js';
    return [error({ file }, `is not what the sources give; ${AGAIN}`)];
  }
  if (manifest === undefined || published === undefined) return [];
  const at = (pointer: string, message: string): Finding => ({
    ...error(published.placeOf(pointer), `${message}; ${AGAIN}`),
    pointer,
  });
  const { bundle, version } = manifest;
  if (createHash('sha256').update(bytes).digest('hex') !== bundle.sha256) {
    return [at('/bundle/sha256', 'is not the hash of dist/plugin.js')];
  }
  if (bytes.byteLength !== bundle.bytes) return [at('/bundle/bytes', 'is not the size of dist/plugin.js')];
  if (packageJson === undefined || packageJson.value['version'] === version) return [];
  return [at('/version', `differs from package.json (${String(packageJson.value['version'])})`)];
}
