// Packs what a plugin is into an npm tarball, so that hosts without its folder can have it: the two files that describe it, and the bundle.
import { posix, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PluginManifest } from '@jackfield/schemas';
import { Header } from 'tar';
import { CONFORMANCE } from './conformance.ts';
import { readBundle } from './bundle-store.ts';
import type { OpenedPackage } from './package-folder.ts';

const BLOCK = 512;

/** The same bytes for the same package. @throws RefusalError when the bundle is not the one that the manifest names. */
export async function packFolder(opened: OpenedPackage, most: number): Promise<Buffer> {
  const { packageJson, manifestJson, manifestPath, conformanceJson } = opened.described;
  const manifest = opened.manifest as PluginManifest;
  const described = manifestPath.split(sep).join('/');
  const bundle = await readBundle(opened.folder, manifest, most);
  const entries: readonly (readonly [string, Uint8Array])[] = [
    ['package.json', packageJson],
    [described, manifestJson],
    [posix.join(posix.dirname(described), manifest.bundle.file), bundle],
    ...(conformanceJson === undefined ? [] : [[CONFORMANCE, conformanceJson] as const]),
  ];
  const blocks = entries.flatMap(([path, bytes]) => [headerOf(`package/${path}`, bytes.byteLength), padded(bytes)]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

function headerOf(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  new Header({ path, size, type: 'File', mode: 0o644, mtime: new Date(0) }).encode(block, 0);
  return block;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK)]);
}
