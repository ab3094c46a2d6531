// What becomes of `import` and `require` of Node's builtins in a bundle: allowed ones become ESM imports (a sandbox has no
// `require`), the others are build errors, or modules that throw when they are called.
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { ALLOWED_BUILTINS } from '../runtime/builtins.ts';

const allowed = new Set(ALLOWED_BUILTINS);
/** Marks our own question to esbuild, so that it is not answered by us. */
const ASKED = Symbol('asked');

/** Messages of esbuild name who they are from. */
export const BUILTIN_MODULES = 'jackfield-builtins';

export function builtinModules(folder: string, allowMissing: boolean): Plugin {
  return {
    name: BUILTIN_MODULES,
    setup(build) {
      build.onResolve({ filter: /^[a-z_:]/ }, async (args) => {
        if (args.pluginData === ASKED || args.namespace === 'jackfield-esm' || !isBuiltin(args.path)) return undefined;
        const name = args.path.replace(/^node:/, '');
        if (allowed.has(name)) return resolveAllowed(name, args);
        if (await isReplacedByPackage(build, args)) return undefined;
        return resolveForbidden(name, args, folder, allowMissing);
      });
      build.onLoad({ filter: /.*/, namespace: 'jackfield-require' }, ({ path }) => requireOf(path));
      build.onResolve({ filter: /.*/, namespace: 'jackfield-require' }, ({ path }) => ({
        path: path.replace('jackfield-esm:', ''),
        namespace: 'jackfield-esm',
      }));
      build.onLoad({ filter: /.*/, namespace: 'jackfield-esm' }, ({ path }) => ({
        contents: `export { default } from 'node:${path}';`,
      }));
      build.onResolve({ filter: /.*/, namespace: 'jackfield-esm' }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: 'jackfield-missing' }, ({ path }) => missing(path));
    },
  };
}

function resolveAllowed(name: string, args: OnResolveArgs): OnResolveResult {
  if (args.kind === 'require-call') return { path: name, namespace: 'jackfield-require' };
  return { path: `node:${name}`, external: true };
}

/** A default export of a builtin is what `require` gives. */
function requireOf(name: string): OnLoadResult {
  return { contents: `module.exports = require('jackfield-esm:${name}').default;` };
}

/** A package may put something else in a builtin's place: `"browser": { "fs": false }`. */
async function isReplacedByPackage(build: PluginBuild, args: OnResolveArgs): Promise<boolean> {
  const { importer, kind, namespace, path, resolveDir } = args;
  const found = await build.resolve(path, { importer, kind, namespace, resolveDir, pluginData: ASKED });
  return found.errors.length === 0 && !found.external;
}

function resolveForbidden(name: string, args: OnResolveArgs, folder: string, allowMissing: boolean): OnResolveResult {
  if (allowMissing) return { path: name, namespace: 'jackfield-missing' };
  const importer = relative(folder, args.importer) || args.importer;
  const text =
    `${importer} imports "${args.path}", which plugins do not have: use ctx.fetch for HTTP and a library without it, ` +
    'or pass --allow-missing-builtins when that code is never run';
  return { errors: [{ text }] };
}

/** Top-level destructuring and `class extends` of a missing builtin work; calling or constructing anything of it throws. */
function missing(name: string): OnLoadResult {
  const contents = `
    function absent(path) {
      function target() {}
      function refuse() { throw new Error(path + ' does not exist in a plugin: node:${name} is not available here'); }
      return new Proxy(target, {
        get(_, key) {
          if (typeof key === 'symbol' || key === '__esModule' || key === 'then') return undefined;
          return key === 'prototype' || key === 'name' || key === 'length' ? target[key] : absent(path + '.' + key);
        },
        apply: refuse,
        construct: refuse,
      });
    }
    module.exports = Object.create(absent(${JSON.stringify(name)}));`;
  return { contents };
}
