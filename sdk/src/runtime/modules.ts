// The plugin's bundle, evaluated once per module key: what an author keeps in a module variable never crosses from one
// instance to another. Evaluated modules are never freed, so the host replaces the thread after a number of them.
import { randomUUID } from 'node:crypto';
import type { Plugin } from '../define/plugin.ts';
import { expectImport } from './seal.ts';

const loaded = new Map<string, Promise<Plugin>>();
let evaluations = 0;

/** How many times this thread has evaluated the bundle. */
export function evaluationCount(): number {
  return evaluations;
}

/** @throws whatever the bundle throws when it is evaluated; the next run tries again. */
export function loadPlugin(bundleUrl: string, moduleKey: string): Promise<Plugin> {
  let plugin = loaded.get(moduleKey);
  if (plugin === undefined) {
    evaluations += 1;
    plugin = importBundle(`${bundleUrl}?${randomUUID()}`);
    loaded.set(moduleKey, plugin);
    plugin.catch(() => loaded.delete(moduleKey));
  }
  return plugin;
}

async function importBundle(url: string): Promise<Plugin> {
  expectImport(url);
  const module: { default?: unknown } = await import(url);
  if (typeof module.default !== 'object' || module.default === null) {
    throw new TypeError('the bundle has no default export: export default definePlugin({ … })');
  }
  return module.default as Plugin;
}
