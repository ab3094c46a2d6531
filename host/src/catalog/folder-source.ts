// The catalog source for packages in a folder: a workspace, or installed by other means.
import { resolve } from 'node:path';
import { guardTap, type Candidate, type Discovered, type Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import { openPackage } from './package-folder.ts';
import { packFolder } from './packing.ts';

export function tapFolderSource(hooks: Hooks, limits: Limits): void {
  const open = async ({ entry, base }: Discovered): Promise<Candidate> => {
    const opened = await openPackage(resolve(base, entry.path), entry, limits);
    const { folder, manifest, packageVersion, grade, described } = opened;
    const tarball = (): Promise<Buffer> => packFolder(opened, limits.bundleBytes);
    return { entry, folder, pinned: described.manifestJson, manifest, packageVersion, grade, tarball };
  };
  const tap = (found: readonly Discovered[]): readonly Discovered[] =>
    found.map((item) => (item.open || item.entry.path.endsWith('.tgz') ? item : { ...item, open: () => open(item) }));
  hooks.discover.tapPromise('folder', guardTap('catalog/folder', limits.hookTap, tap));
}
