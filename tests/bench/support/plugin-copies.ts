// The same plugin under other names: what a host with many plugins has to do does not depend on what is in them.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginFolder } from '../../support/api.ts';

export interface PluginCopy extends PluginFolder {
  readonly name: string;
}

export async function pluginCopies(original: PluginFolder, count: number, folder: string): Promise<PluginCopy[]> {
  const copies = Array.from({ length: count }, async (_, n): Promise<PluginCopy> => {
    const name = `copy-${n}`;
    const copy = join(folder, name);
    await cp(original.folder, copy, { recursive: true });
    for (const [file, changes] of [
      ['package.json', { name: `plugin-${name}` }],
      ['dist/plugin.json', { name }],
    ] as const) {
      const path = join(copy, file);
      const known = JSON.parse(await readFile(path, 'utf8')) as object;
      await writeFile(path, JSON.stringify({ ...known, ...changes }));
    }
    return { folder: copy, name, version: { package: `plugin-${name}`, hosts: [] } };
  });
  return Promise.all(copies);
}
