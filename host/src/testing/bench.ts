// A bench for tests of plugins: the catalog that verifies a package, the sandbox that runs it and the gateway that calls its vendor, the
// very ones of a host with its limits, without database and API.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { PluginManifest } from '@jackfield/schemas';
import type { BenchLog, BenchOptions, BenchVendor, OpenBench } from '@jackfield/sdk/testing';
import { createCatalog } from '../catalog/index.ts';
import { createGateway, type GatewayOptions } from '../gateway/index.ts';
import { createHooks, type PluginVersion } from '../kernel/index.ts';
import { defaultLimits, type Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { ParamsValidator } from '../queries/index.ts';
import { createSandbox } from '../sandbox/index.ts';
import { shortWaits } from '../testing-limits.ts';
import { connectInstance } from './instance.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** @throws Error with the host's reason when it would not load the package. */
export const openBench: OpenBench = async (options) => {
  await using opened = new AsyncDisposableStack();
  const limits = options.waits === 'real' ? defaultLimits : shortWaits();
  const clock = { now: options.now ?? Date.now };
  const log = logTo(options.log);
  const data = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
  opened.defer(() => rm(data, { recursive: true, force: true }));
  const plugin = await loadPlugin(options, data, limits, log);
  const gateway = createGateway({ limits: limits.gateway, log, clock, ...vendorPart(options.vendor, plugin) });
  opened.use(gateway);
  await gateway.start();
  const sandbox = createSandbox({ limits, clock, log });
  opened.defer(() => sandbox.stop());
  const params = new ParamsValidator();
  const parts = { plugin, gateway, sandbox, params, limits };
  const everything = opened.move();
  return {
    manifest: plugin.manifest,
    connect: (config, client) => connectInstance(parts, `test-${randomUUID().slice(0, 8)}`, config, client),
    threads: () => sandbox.threads(),
    ejectCassette: () => gateway.ejectCassette(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
};

/** As a host with this plugin alone would, with every permission that it asks for. */
async function loadPlugin({ folder }: BenchOptions, data: string, limits: Limits, log: Log): Promise<PluginVersion> {
  const { name }: { name: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { network, limits: asked }: PluginManifest = JSON.parse(
    await readFile(join(folder, 'dist/plugin.json'), 'utf8'),
  );
  const grant = { hosts: network.hosts, ...(asked.memoryMb === undefined ? {} : { memoryMb: asked.memoryMb }) };
  const manifestFile = join(data, 'plugins.json');
  await writeFile(manifestFile, JSON.stringify({ plugins: [{ package: name, path: relative(data, folder), grant }] }));
  const { version: hostVersion }: { version: string } = JSON.parse(await readFile(PACKAGE, 'utf8'));
  const catalog = createCatalog({ hooks: createHooks(), manifestFile, dataFolder: data, hostVersion, limits, log });
  const [seed] = (await catalog.seeds())?.seeds ?? [];
  if (seed?.state === 'sound') return seed.plugin;
  throw new Error(`a host does not load this plugin: ${seed?.state === 'failed' ? seed.reason : 'no reason'}`);
}

function vendorPart(vendor: BenchVendor, { manifest }: PluginVersion): Partial<GatewayOptions> {
  switch (vendor.kind) {
    case 'network':
      return {};
    case 'record':
      return { cassette: { mode: 'record', plugin: manifest.name } };
    case 'standIn':
      return { standIn: { port: vendor.port } };
    case 'cassette':
      return { cassette: { mode: 'replay', cassette: vendor.cassette } };
  }
}

function logTo(tell: (entry: BenchLog) => void): Log {
  const at =
    (level: BenchLog['level']) =>
    (about: object, message: string): void => {
      const { runId, fields, error, reason } = about as Record<string, unknown>;
      const detail = [error, reason].find((text) => typeof text === 'string');
      tell({
        level,
        message: detail === undefined ? message : `${message}: ${detail}`,
        ...(typeof runId === 'string' ? { runId } : {}),
        ...(typeof fields === 'string' ? { fields } : {}),
      });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
