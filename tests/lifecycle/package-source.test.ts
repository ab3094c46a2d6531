// Packages come from a registry that speaks npm's protocol, or from a URL.
import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { integrityOf } from '../../host/src/catalog/index.ts';
import { createPackageSource } from '../../host/src/lifecycle/package-source.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { archiveOf } from '../catalog/packages.ts';
import { temporaryFolder } from '../support/databases.ts';

const NAME = '@acme/plugin-x';
const TOKEN = 'token-of-the-registry';

interface Registry extends AsyncDisposable {
  readonly url: string;
  readonly tarball: Buffer;
  readonly authorizations: (string | undefined)[];
}

/** With one package in one version. `tamper`: what it sends is not what it says. */
async function startRegistry(how: { sign?: 'well' | 'badly'; tamper?: boolean } = {}): Promise<Registry> {
  const marker = `node -e "require('fs').writeFileSync('ran', '')"`;
  const described = { name: NAME, version: '1.2.0', scripts: { preinstall: marker, install: marker, prepare: marker } };
  const tarball = gzipSync(archiveOf([{ path: 'package/package.json', content: JSON.stringify(described) }]));
  const integrity = integrityOf(tarball);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const message = how.sign === 'badly' ? 'something else' : `${NAME}@1.2.0:${integrity}`;
  const sig = createSign('SHA256').update(message).sign(privateKey, 'base64');
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    authorizations.push(request.headers.authorization);
    const base = `http://${request.headers.host}`;
    if (request.url === '/x.tgz')
      return void response.end(how.tamper === true ? Buffer.concat([tarball, tarball]) : tarball);
    const signatures = how.sign === undefined ? {} : { signatures: [{ keyid: 'SHA256:key', sig }] };
    const answers: Record<string, unknown> = {
      '/-/npm/v1/keys': how.sign && { keys: [{ keyid: 'SHA256:key', key, expires: null }] },
      '/@acme%2fplugin-x': {
        name: NAME,
        'dist-tags': { latest: '1.2.0' },
        time: { '1.2.0': '2026-01-01T00:00:00.000Z' },
        versions: { '1.2.0': { ...described, dist: { tarball: `${base}/x.tgz`, integrity, ...signatures } } },
      },
    };
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, tarball, authorizations },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function fetchFrom(registry: Registry, spec: string, integrity?: string) {
  await using folder = await temporaryFolder();
  const source = createPackageSource({
    registry: { url: registry.url, token: TOKEN },
    dataFolder: folder.path,
    limits: defaultLimits,
  });
  const fetched = await source.fetch(spec, integrity);
  expect(existsSync(join(folder.path, 'ran')) || existsSync('ran')).toBe(false);
  return fetched;
}

describe('a package', () => {
  test('is fetched by name, with what is known of who made it, and none of its scripts runs', async () => {
    await using registry = await startRegistry({ sign: 'well' });
    const { packed, source } = await fetchFrom(registry, `${NAME}@^1.0.0`);
    expect(packed).toEqual({ tarball: registry.tarball, integrity: integrityOf(registry.tarball) });
    expect(source).toMatchObject({ kind: 'registry', signatures: 'verified', resolved: `${registry.url}/x.tgz` });
    expect(registry.authorizations).toContain(`Bearer ${TOKEN}`);
  });

  test('that nobody has signed says so', async () => {
    await using registry = await startRegistry();
    expect((await fetchFrom(registry, NAME)).source.signatures).toBe('none');
  });

  test.each([
    ['whose signature is wrong', { sign: 'badly' }, NAME, undefined, /invalid registry signature/],
    ['whose bytes are not those of the registry', { tamper: true }, NAME, undefined, /EINTEGRITY/],
    ['that is not there', {}, '@acme/plugin-y', undefined, /404/],
    ['in a version that is not there', {}, `${NAME}@9.9.9`, undefined, /No matching version/i],
    ['in a folder of the host', {}, 'file:/etc', undefined, /EALLOWDIRECTORY|not allowed|disabled/i],
    ['in a git repository', {}, 'github:acme/plugin-x', undefined, /EALLOWGIT|not allowed|disabled/i],
  ] as const)('%s is refused, with the reason', async (_what, how, spec, integrity, reason) => {
    await using registry = await startRegistry(how);
    const error = await fetchFrom(registry, spec, integrity).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(reason) });
    expect(String(error)).not.toContain(TOKEN);
  });

  test('is fetched from a URL without TLS only with its integrity', async () => {
    await using registry = await startRegistry();
    const url = `${registry.url}/x.tgz`;
    await expect(fetchFrom(registry, url)).rejects.toMatchObject({ code: 'config_invalid' });
    const integrity = integrityOf(registry.tarball);
    expect((await fetchFrom(registry, url, integrity)).packed.integrity).toBe(integrity);
    const other = integrityOf(Buffer.from('another'));
    await expect(fetchFrom(registry, url, other)).rejects.toThrow(/EINTEGRITY/);
  });
});
