// Whom the instance of `dev` asks: the simulator that comes with the plugin, or with --config a real vendor.
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { startSimulator } from './simulator.ts';

export interface DevVendor extends AsyncDisposable {
  /** What it is made of, relative to the plugin's folder. */
  readonly files: readonly string[];
  /** Of an instance there; undefined when the plugin has no simulator. */
  config(): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** When its files have changed. @throws CommandError, and the one before goes on. */
  renew(): Promise<void>;
}

/** `config` names a file; without it the simulator is started. */
export async function openDevVendor(root: string, config: string | undefined): Promise<DevVendor> {
  if (config !== undefined) return realVendor(root, config);
  let simulator = await startSimulator(root);
  return {
    files: simulator === undefined ? [] : [simulator.file],
    config: async () => simulator && { baseUrl: simulator.url, ...simulator.config },
    async renew() {
      const next = await startSimulator(root);
      await simulator?.[Symbol.asyncDispose]();
      simulator = next;
    },
    [Symbol.asyncDispose]: async () => simulator?.[Symbol.asyncDispose](),
  };
}

function realVendor(root: string, config: string): DevVendor {
  const file = resolve(root, config);
  return {
    files: [relative(root, file)],
    config: async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>,
    renew: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
