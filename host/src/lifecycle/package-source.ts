// Fetches packages with npm's own client. Only tarballs are taken, from a registry or a URL: no script of a package ever runs, and nothing
// that it depends on is installed.
import { join } from 'node:path';
import type pacote from 'pacote';
import { integrityOf, type Package } from '../catalog/index.ts';
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { PluginSource } from '../store/index.ts';

export interface RegistrySettings {
  /** npm's own when it is left out. */
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

export interface Fetched {
  readonly packed: Package;
  readonly source: PluginSource;
}

export interface PackageSource {
  /**
   * `spec`: `@acme/plugin-x@1.2.0`, or the URL of a tarball. `integrity`: what its bytes must have.
   * @throws Problem when there is none, or it is not what it says it is.
   */
  fetch(spec: string, integrity: string | undefined): Promise<Fetched>;
}

/** Hundreds of modules, which a host loads with the first package that it fetches. */
const loadNpm = async (): Promise<Npm> => (await import('pacote')).default;
type Npm = typeof pacote;

export function createPackageSource(parts: {
  readonly registry: RegistrySettings;
  readonly dataFolder: string;
  readonly limits: Pick<Limits, 'tarballBytes' | 'lifecycle'>;
}): PackageSource {
  const { registry, dataFolder, limits } = parts;
  const shared = {
    // Another address in what the registry says is followed as it is: the integrity decides.
    replaceRegistryHost: 'never',
    cache: join(dataFolder, 'npm-cache'),
    tufCache: join(dataFolder, 'tuf-cache'),
    preferOnline: true,
    fullMetadata: true,
    ignoreScripts: true,
    timeout: limits.lifecycle.fetch,
    // Once more, after a second: a person waits for it.
    ...{ fetchRetries: 1, fetchRetryFactor: 1, fetchRetryMintimeout: 1000, fetchRetryMaxtimeout: 1000 },
    // What would run scripts, or read this machine's files.
    ...{ allowGit: 'none', allowFile: 'none', allowDirectory: 'none' },
  };

  return {
    async fetch(spec, integrity) {
      const kind = /^https?:/i.test(spec) ? 'url' : 'registry';
      if (/^http:/i.test(spec) && integrity === undefined) {
        throw refused(spec, 'what comes without TLS needs its integrity', '/integrity');
      }
      const npm = await loadNpm();
      const url = `${(registry.url ?? npmRegistry(npm)).replace(/\/+$/, '')}/`;
      const options = {
        ...shared,
        registry: url,
        ...(registry.token === undefined ? {} : { [`${url.replace(/^https?:/, '')}:_authToken`]: registry.token }),
        ...(integrity === undefined ? {} : { integrity }),
      };
      try {
        const known =
          kind === 'registry'
            ? await describe(npm, spec, options, url, registry)
            : { signatures: 'none' as const, pinned: integrity };
        const pinned = integrity ?? known.pinned;
        const fetched = { ...options, ...(pinned === undefined ? {} : { integrity: pinned }) };
        const tarball = await download(npm, known.resolved ?? spec, fetched, limits.tarballBytes);
        const { pinned: _, ...about } = known;
        return { packed: { tarball, integrity: integrityOf(tarball) }, source: { kind, spec, ...about } };
      } catch (error) {
        throw error instanceof Problem ? error : refused(spec, wordsOf(error, registry.token));
      }
    },
  };
}

/** Where npm's client goes when nobody says where. */
function npmRegistry(npm: Npm): string {
  const { RegistryFetcher } = npm as unknown as {
    readonly RegistryFetcher: new (spec: string, options: object) => { readonly registry: string };
  };
  return new RegistryFetcher('any@1.0.0', {}).registry;
}

type Known = Omit<PluginSource, 'kind' | 'spec'> & { readonly pinned: string | undefined };

async function describe(
  npm: Npm,
  spec: string,
  options: object,
  url: string,
  registry: RegistrySettings,
): Promise<Known> {
  const keys = await keysOf(url, registry);
  const withKeys = { ...options, [`${url.replace(/^https?:/, '')}:_keys`]: keys };
  const manifest = await npm.manifest(spec, { ...withKeys, verifySignatures: keys.length > 0 } as pacote.Options);
  const { _resolved: resolved, _integrity: pinned } = manifest;
  const { _signatures: signed, _attestations: attested } = manifest as {
    readonly _signatures?: readonly unknown[];
    readonly _attestations?: { readonly url: string; readonly provenance?: { readonly predicateType: string } };
  };
  const signatures = signed === undefined || signed.length === 0 ? 'none' : keys.length > 0 ? 'verified' : 'unknown';
  const about = { resolved, pinned, signatures } as const;
  if (attested?.provenance === undefined) return about;
  const exact = `${manifest.name}@${manifest.version}`;
  await npm.manifest(exact, { ...withKeys, verifyAttestations: true } as pacote.Options);
  return { ...about, provenance: { url: attested.url, predicateType: attested.provenance.predicateType } };
}

interface RegistryKey {
  readonly keyid: string;
  readonly key: string;
  readonly expires: string | null;
}

/** With which the registry signs. One that does not sign has none. */
async function keysOf(
  url: string,
  { token }: RegistrySettings,
): Promise<(RegistryKey & { readonly pemkey: string })[]> {
  const answer = await fetch(`${url}-/npm/v1/keys`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) return [];
  const { keys = [] } = (await answer.json()) as { readonly keys?: readonly RegistryKey[] };
  return keys.map((key) => ({ ...key, pemkey: `-----BEGIN PUBLIC KEY-----\n${key.key}\n-----END PUBLIC KEY-----` }));
}

async function download(npm: Npm, spec: string, options: object, most: number): Promise<Buffer> {
  return npm.tarball.stream(
    spec,
    async (stream) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > most) throw new Error(`it has more than ${most} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    options,
  );
}

function refused(spec: string, why: string, pointer = '/source'): Problem {
  return new Problem('config_invalid', `the package ${JSON.stringify(spec)} cannot be taken: ${why}`, {
    errors: [{ pointer, message: why }],
    next: 'Check the name, the version and the registry; or upload the tarball instead.',
  });
}

/** npm's words, without what a URL may hold of credentials. */
function wordsOf(error: unknown, token: string | undefined): string {
  const { message = String(error), code } = error as { readonly message?: string; readonly code?: string };
  const said = message.replaceAll(/\/\/[^/@\s]*@/g, '//').slice(0, 500);
  const shown = token === undefined || token === '' ? said : said.replaceAll(token, '…');
  return code === undefined || shown.includes(code) ? shown : `${shown} (${code})`;
}

/** What is known of a package, with the grade that it brings along. */
export function withGrade(source: PluginSource, { grade }: PluginVersion): PluginSource {
  return grade === undefined ? source : { ...source, grade };
}
