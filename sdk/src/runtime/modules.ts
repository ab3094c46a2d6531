// The plugin's bundle, evaluated once per module key: what an author keeps in a module variable never crosses from one instance to
// another.
//
// A bundle as `jackfield-plugin build` writes it is compiled once, as the body of a function. To evaluate it is a call then: a tenth of
// what importing it anew costs, which compiles all of it again, and what nobody uses any more is freed. Any other bundle is imported, for
// each key under another name. Imported modules are never freed, so the host replaces the thread after a number of them.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, Script } from 'node:vm';
import type { Plugin } from '../define/plugin.ts';
import { expectImport } from './seal.ts';

/** Plugins that are kept for the next run of their instance, some 100 KB each. */
const KEPT = 200;
/** What a call leaves behind is freed, unless the plugin holds on to some of it: so many count as one import. */
const CALLS_PER_IMPORT = 25;
/** The last statement of a bundle, and nothing but its end can look like it: what is open before it would have to be closed after it. */
const EXPORT = /\nexport \{\n {2}([\w$]+) as default\n\};\n$/;

const loaded = new Map<string, Promise<Plugin>>();
let imports = 0;
let calls = 0;
/** Undefined until the first run, null when the bundle has to be imported. */
let compiled: (() => Promise<unknown>) | null | undefined;

/** How many times this thread has evaluated the bundle and could not free it. */
export function evaluationCount(): number {
  return imports + Math.floor(calls / CALLS_PER_IMPORT);
}

/** @throws whatever the bundle throws when it is evaluated; the next run tries again. */
export function loadPlugin(bundleUrl: string, moduleKey: string): Promise<Plugin> {
  const known = loaded.get(moduleKey);
  // The one that was used last comes last.
  loaded.delete(moduleKey);
  const plugin = known ?? evaluate(bundleUrl);
  loaded.set(moduleKey, plugin);
  if (known === undefined) plugin.catch(() => loaded.delete(moduleKey));
  const [oldest] = loaded.keys();
  if (loaded.size > KEPT && oldest !== undefined) loaded.delete(oldest);
  return plugin;
}

async function evaluate(bundleUrl: string): Promise<Plugin> {
  if (compiled === undefined) compiled = compileBundle(bundleUrl);
  const plugin = compiled === null ? await importBundle(`${bundleUrl}?${randomUUID()}`) : await callBundle(compiled);
  if (typeof plugin !== 'object' || plugin === null) {
    throw new TypeError('the bundle has no default export: export default definePlugin({ … })');
  }
  return plugin as Plugin;
}

function callBundle(call: () => Promise<unknown>): Promise<unknown> {
  calls += 1;
  return call();
}

async function importBundle(url: string): Promise<unknown> {
  imports += 1;
  expectImport(url);
  const module: { default?: unknown } = await import(url);
  return module.default;
}

/** Null for a bundle that imports something, or has anything else that only a module may have. */
function compileBundle(bundleUrl: string): (() => Promise<unknown>) | null {
  const text = readFileSync(new URL(bundleUrl), 'utf8');
  const end = EXPORT.exec(text);
  if (end === null) return null;
  const code = `(async function () { 'use strict'; ${text.slice(0, end.index)}\nreturn ${end[1]}; })`;
  try {
    const script = new Script(code, {
      filename: bundleUrl,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return () => (script.runInThisContext() as () => Promise<unknown>)();
  } catch {
    return null;
  }
}
