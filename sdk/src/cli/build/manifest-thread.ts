// Imports a built bundle and answers with its manifest. A thread, so that a plugin that exits or never loads fails its build
// and nothing else.
import { parentPort, workerData } from 'node:worker_threads';
import { toManifest, type BuildFacts } from '../../define/manifest.ts';
import type { Plugin } from '../../define/plugin.ts';

/** What the builder hands over. */
export interface ManifestTask {
  readonly bundleUrl: string;
  readonly facts: BuildFacts;
}
export type ManifestAnswer = { readonly json: string } | { readonly fault: string };

async function answer({ bundleUrl, facts }: ManifestTask): Promise<ManifestAnswer> {
  try {
    const { default: plugin } = (await import(bundleUrl)) as { default?: Plugin };
    if (typeof plugin !== 'object' || plugin === null || typeof plugin.config !== 'object') {
      return { fault: 'the default export of the entry file must be definePlugin({ … })' };
    }
    return { json: `${JSON.stringify(toManifest(plugin, facts), undefined, 2)}\n` };
  } catch (error) {
    return { fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

parentPort?.postMessage(await answer(workerData));
