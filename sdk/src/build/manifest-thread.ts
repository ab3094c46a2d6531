// Imports a built bundle and answers with its manifest. A thread, so that a plugin that exits or never loads fails its build
// and nothing else.
import { parentPort, workerData } from 'node:worker_threads';
import { toManifest, type BuildFacts } from '../define/manifest.ts';
import type { Plugin } from '../define/plugin.ts';

/** What the builder hands over. */
export interface ManifestTask {
  readonly bundleUrl: string;
  readonly facts: BuildFacts;
}
/** A place in the bundle, both from 1. */
export interface Frame {
  readonly line: number;
  readonly column: number;
}
/** Why there is no manifest, and where in the bundle. */
export interface ManifestFault {
  readonly fault: string;
  /** Where it was thrown, and who called that: the innermost first. */
  readonly stack?: readonly Frame[];
  /** The bundle has loaded: what it exports is at fault. */
  readonly loaded?: true;
}
export type ManifestAnswer = { readonly json: string } | ManifestFault;

async function answer({ bundleUrl, facts }: ManifestTask): Promise<ManifestAnswer> {
  let plugin: Plugin | undefined;
  try {
    ({ default: plugin } = (await import(bundleUrl)) as { default?: Plugin });
  } catch (error) {
    if (!(error instanceof Error)) return { fault: String(error) };
    return { fault: `${error.name}: ${error.message}`, stack: framesIn(error, bundleUrl) };
  }
  if (typeof plugin !== 'object' || plugin === null || typeof plugin.config !== 'object') {
    return { loaded: true, fault: 'the default export of the entry file must be definePlugin({ … })' };
  }
  try {
    return { json: `${JSON.stringify(toManifest(plugin, facts), undefined, 2)}\n` };
  } catch (error) {
    return { loaded: true, fault: error instanceof Error ? error.message : String(error) };
  }
}

function framesIn({ stack = '' }: Error, bundleUrl: string): Frame[] {
  return stack
    .split(`${bundleUrl}:`)
    .slice(1)
    .flatMap((rest) => {
      const [, line, column = 1] = /^(\d+)(?::(\d+))?/.exec(rest) ?? [];
      return line === undefined ? [] : [{ line: Number(line), column: Number(column) }];
    });
}

parentPort?.postMessage(await answer(workerData));
