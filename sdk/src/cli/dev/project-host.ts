// The host that is installed beside the plugin. The SDK does not depend on it: whoever only builds does not need it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-error.ts';
import { sdkVersion } from '../../build/sdk-version.ts';

/** What a host says about one of its plugins. */
export interface PluginState {
  readonly package: string;
  readonly version: string | null;
  readonly state: string;
  readonly reason?: string;
  readonly refused?: { readonly version: string; readonly reason: string };
}

export interface EndedRun {
  readonly runId: string;
  readonly kind: string;
  readonly contribution: string;
  readonly instanceId: string;
}

export interface RunReport {
  readonly ok: boolean;
  readonly code?: string;
  readonly detail?: string;
  readonly rows: number;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
}

export interface VendorCall {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly elapsedMs: number;
}

export interface ProjectHost {
  readonly url: string;
  readonly plugins: readonly PluginState[];
  readonly hooks: { readonly afterRun: { tap(name: string, heard: (run: EndedRun, report: RunReport) => void): void } };
  /** Reads plugins.json again, and runs what it says now. */
  followFile(): Promise<readonly PluginState[]>;
  stop(): Promise<void>;
}

/** How long a plugin may take to load. A host would rather be up; an author whose machine is busy would rather wait. */
const PATIENCE_MS = 60_000;

export interface ProjectHostOptions {
  readonly dataFolder: string;
  readonly manifestFile: string;
  readonly adminToken: string;
  readonly port: number;
  readonly log: object;
  readonly onVendorCall?: (call: VendorCall) => void;
}

export type StartHost = (options: ProjectHostOptions & { readonly limits?: object }) => Promise<ProjectHost>;

/** Why this version is not the one that runs; undefined when it is. */
export function refusalOf(plugins: readonly PluginState[], version: string): string | undefined {
  const [plugin] = plugins;
  if (plugin === undefined) return 'it does not know the plugin';
  if (plugin.refused?.version === version) return plugin.refused.reason;
  if (plugin.version === version && plugin.state === 'active') return undefined;
  return plugin.reason ?? 'it does not say why';
}

/** @throws CommandError with the command to run when none is installed. */
export async function projectHost(root: string): Promise<StartHost> {
  let file: string;
  try {
    file = createRequire(join(root, 'package.json')).resolve('@jackfield/host');
  } catch {
    throw new CommandError(
      '@jackfield/host is not installed beside the plugin, and this command runs one',
      `Run: npm install --save-dev --save-exact @jackfield/host@${sdkVersion}`,
    );
  }
  const { startHost, defaultLimits } = (await import(pathToFileURL(file).href)) as {
    startHost: StartHost;
    defaultLimits: object;
  };
  return (options) => startHost({ ...options, limits: { ...defaultLimits, pluginLoad: PATIENCE_MS } });
}
