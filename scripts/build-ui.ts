// Builds ui/ into ui/dist, unless what is there was made from the same files. Each file that compresses well lies there compressed too.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const ui = join(root, 'ui');
const dist = join(ui, 'dist');
const stamp = join(dist, 'made-from');

const made = await fingerprint();
// Whoever runs tests may have said otherwise.
process.env['NODE_ENV'] = 'production';
if ((await readFile(stamp, 'utf8').catch(() => '')) !== made) {
  await rm(dist, { recursive: true, force: true });
  // The app first: it empties the folder.
  const configs = ['vite.config.ts', 'vite.widget.config.ts'].map((name) => join(ui, name));
  for (const configFile of configs.filter((file) => existsSync(file))) await build({ configFile, logLevel: 'warn' });
  await compress();
  await writeFile(stamp, made);
}

/** Of every file that the built ones depend on; packages are in the lock file. */
async function fingerprint(): Promise<string> {
  const entries = await readdir(ui, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(dist) && !file.includes('node_modules'));
  const hash = createHash('sha256');
  for (const file of [import.meta.filename, join(root, 'package-lock.json'), ...files.sort()])
    hash.update(`${file.slice(root.length)}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function compress(): Promise<void> {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => /\.(js|css|html|svg)$/.test(name));
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }));
    }),
  );
}
