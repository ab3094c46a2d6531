// Peers are installed from npm when they are measured, and are a dependency of nothing. Scripts do not run, as those of nothing here do.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Peer } from './peer.ts';

/** Downloads of a gigabyte. */
const DEADLINE = 30 * 60_000;
/** A folder in which peers stay installed for the next run; without it each is installed into a temporary one. */
const KEPT = process.env['JACKFIELD_PEERS'];

/** @returns the folder whose `node_modules` has it. */
export async function installPeer(peer: Peer, makeFolder: () => Promise<string>): Promise<string> {
  const { name, version, overrides = {} } = peer;
  const folder = KEPT === undefined ? await makeFolder() : join(KEPT, `${name}-${version}`);
  if (await isInstalled(folder)) return folder;
  process.stderr.write(`installing ${name}@${version} …\n`);
  await mkdir(folder, { recursive: true });
  const manifest = { private: true, dependencies: { [name]: version }, overrides };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    timeout: DEADLINE,
    maxBuffer: 64 * 1024 * 1024,
  });
  return folder;
}

/** npm writes this file when everything else is in its place. */
async function isInstalled(folder: string): Promise<boolean> {
  return readFile(join(folder, 'node_modules/.package-lock.json')).then(
    () => true,
    () => false,
  );
}
