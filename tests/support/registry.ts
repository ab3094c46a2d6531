// A registry on this machine, for npm itself: the packages of the repository as `npm pack` makes them, and what they depend on as it is
// installed here. Somebody else's computer, without the network.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { create } from 'tar';
import { repository } from './plugin-package.ts';

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** Names that were asked for and are not installed here. */
  readonly missing: ReadonlySet<string>;
}

interface Installed {
  readonly version: string;
  readonly link?: boolean;
}

interface Package {
  readonly manifest: { readonly name: string; readonly version: string };
  tarball(): Promise<Buffer>;
}

/** What somebody can install: a host brings its own parts along. */
const OWN = ['schemas', 'sdk', 'ui', 'host'];

export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-registry-'));
  const packages = new Map([...(await installed()), ...(await packed(folder))]);
  const missing = new Set<string>();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer({ url: asked = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(asked.slice(1));
    const [name, version] = path.split('/-/') as [string, string?];
    const versions = packages.get(name);
    const wanted = version === undefined ? undefined : versions?.get(version.replace(/\.tgz$/, ''));
    if (wanted !== undefined) {
      response.end(await wanted.tarball());
    } else if (versions !== undefined && version === undefined) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(documentOf(url, name, versions)));
    } else {
      missing.add(name);
      response.writeHead(404).end('{}');
    }
  }

  return {
    url,
    missing,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function documentOf(url: string, name: string, versions: ReadonlyMap<string, Package>): object {
  const entries = [...versions].map(([version, { manifest }]) => [
    version,
    { ...manifest, dist: { tarball: `${url}/${name}/-/${version}.tgz` } },
  ]);
  return { name, 'dist-tags': { latest: [...versions.keys()].at(-1) }, versions: Object.fromEntries(entries) };
}

type Packages = Map<string, Map<string, Package>>;

/** Those of others, every version that lies somewhere. */
async function installed(): Promise<Packages> {
  const lock: { packages: Record<string, Installed> } = JSON.parse(
    await readFile(join(repository, 'node_modules/.package-lock.json'), 'utf8'),
  );
  const packages: Packages = new Map();
  for (const [path, { version, link }] of Object.entries(lock.packages)) {
    if (link || !path.includes('node_modules/')) continue;
    const root = join(repository, path);
    // An optional one that is for other machines is in the list, too.
    const manifest = await readFile(join(root, 'package.json'), 'utf8').then(JSON.parse, () => undefined);
    if (manifest === undefined) continue;
    const name = path.replace(/^.*node_modules\//, '');
    const versions = packages.get(name) ?? new Map<string, Package>();
    packages.set(name, versions.set(version, { manifest, tarball: () => pack(root) }));
  }
  return packages;
}

/** As a stream without compression: it goes no further than this machine. */
function pack(root: string): Promise<Buffer> {
  const filter = (path: string) => !path.includes('/node_modules/');
  return buffer(create({ cwd: root, prefix: 'package', filter, portable: true }, ['.']));
}

async function packed(folder: string): Promise<Packages> {
  const flags = ['--json', '--ignore-scripts', '--pack-destination', folder];
  const npm = ['pack', ...flags, ...OWN.map((name) => `./${name}`)];
  const { stdout } = await promisify(execFile)('npm', npm, { cwd: repository, maxBuffer: 1e8 });
  const made: { name: string; version: string; filename: string; integrity: string }[] = Object.values(
    JSON.parse(stdout),
  );
  const entries = made.map(async ({ name, version, filename, integrity }) => {
    const tarball = await readFile(join(folder, filename));
    if (`sha512-${createHash('sha512').update(tarball).digest('base64')}` !== integrity) throw new Error(filename);
    const manifest = JSON.parse(
      await readFile(join(repository, name.replace('@jackfield/', ''), 'package.json'), 'utf8'),
    );
    return [name, new Map([[version, { manifest, tarball: () => Promise.resolve(tarball) }]])] as const;
  });
  return new Map(await Promise.all(entries));
}
