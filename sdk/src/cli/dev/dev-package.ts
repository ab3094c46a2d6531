// The package that a host of `dev` or `record` loads: a folder of its own, so that nothing of it is ever published by mistake. Every
// build has a version of its own: nothing that was made with the one before is served again.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginManifest } from '@jackfield/schemas';
import { draftPlugin, type BuildOptions, type Draft } from '../../build/draft.ts';

export interface DevPackage {
  /** plugins.json of the host. */
  readonly manifestFile: string;
  /** Builds the plugin and puts it there. @throws BuildError, and what is there stays. */
  build(): Promise<Draft>;
}

export function createDevPackage(root: string, folder: string, options: BuildOptions): DevPackage {
  const manifestFile = join(folder, 'plugins.json');
  let last = 0;
  return {
    manifestFile,
    async build() {
      const draft = await draftPlugin(root, options);
      const { name, version }: { name: string; version: string } = JSON.parse(
        await readFile(join(root, 'package.json'), 'utf8'),
      );
      last = Math.max(Date.now(), last + 1);
      const devVersion = `${version.replace(/[-+].*$/, '')}-dev.${last}`;
      const manifest = { ...draft.manifest, version: devVersion };
      const files = {
        'package/dist/plugin.js': draft.bytes,
        'package/dist/plugin.json': json(manifest),
        'package/package.json': json({
          name,
          version: devVersion,
          keywords: ['jackfield-plugin'],
          jackfield: './dist/plugin.json',
        }),
        'plugins.json': json({ plugins: [{ package: name, path: './package', grant: grantOf(manifest) }] }),
      };
      await mkdir(join(folder, 'package/dist'), { recursive: true, mode: 0o700 });
      for (const [path, content] of Object.entries(files)) await replace(join(folder, path), content);
      return { ...draft, manifest };
    },
  };
}

/** An author grants whatever the plugin asks for. */
function grantOf({ network: { hosts }, limits: { memoryMb } }: PluginManifest): object {
  return { ...(hosts.length > 0 ? { hosts } : {}), ...(memoryMb === undefined ? {} : { memoryMb }) };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
