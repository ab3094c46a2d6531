import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildError, buildPlugin, type BuildOptions } from '@jackfield/sdk/cli';
import { describe, expect, it } from 'vitest';
import { packageJson, pluginSource, tempFolder, writeFiles } from '../support/plugin-package.ts';

const IMPORTS = /^\s*import\b[^;]*?from "([^"]+)"/gm;

async function faultsOf(folder: string, options?: BuildOptions): Promise<readonly string[]> {
  const outcome = await buildPlugin(folder, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof BuildError) return outcome.faults;
  throw new Error(`expected the build to fail, it gave ${String(outcome)}`);
}

/** A plugin that keeps what a CommonJS dependency gave it in its description. */
const withDependency = (use: string): string =>
  `import dep from './dep.cjs';\n${pluginSource('dep', `description: ${use},`)}`;

describe('jackfield-plugin build', () => {
  it('writes one ESM file and a manifest with its hash, size and every default', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, {
      'package.json': packageJson('tiny', '1.2.3'),
      'src/plugin.ts': pluginSource('tiny'),
    });
    const { manifest, files } = await buildPlugin(folder.path);
    const bundle = await readFile(join(folder.path, 'dist/plugin.js'));
    expect(JSON.parse(await readFile(join(folder.path, 'dist/plugin.json'), 'utf8'))).toEqual(manifest);
    expect(files.map(({ bytes }) => bytes)[0]).toBe(bundle.byteLength);
    expect(await readdir(join(folder.path, 'dist'))).toEqual(['plugin.js', 'plugin.json']);
    expect([...bundle.toString().matchAll(IMPORTS)]).toEqual([]);
    expect(manifest).toMatchObject({
      apiVersion: 1,
      name: 'tiny',
      version: '1.2.3',
      host: '>=0.1.0 <0.2.0',
      configVersion: 1,
      network: { baseUrl: 'baseUrl', hosts: [] },
      limits: {},
      rateLimits: {},
      check: true,
      bundle: { sha256: createHash('sha256').update(bundle).digest('hex'), bytes: bundle.byteLength },
    });
    expect(manifest.queries['items']).toEqual({
      title: 'Items',
      params: { type: 'object', additionalProperties: false, properties: {} },
      columns: [
        { name: 'id', type: 'string' },
        { name: 'age', type: 'number', unit: 'h' },
      ],
      cacheMs: 60_000,
    });
  });

  it('gives the same bytes for the same sources', async () => {
    const built = [];
    for (let round = 0; round < 2; round += 1) {
      await using folder = await tempFolder();
      await writeFiles(folder.path, { 'package.json': packageJson('tiny'), 'src/plugin.ts': pluginSource('tiny') });
      await buildPlugin(folder.path);
      built.push(await readFile(join(folder.path, 'dist/plugin.js'), 'utf8'));
      built.push(await readFile(join(folder.path, 'dist/plugin.json'), 'utf8'));
    }
    expect(built.slice(0, 2)).toEqual(built.slice(2));
  });

  it('turns require of an allowed builtin in a CommonJS dependency into an import', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, {
      'package.json': packageJson('dep'),
      'src/dep.cjs': `
        const EventEmitter = require('events');
        const { format } = require('node:util');
        class Bus extends EventEmitter {}
        module.exports = (text) => { let got; const bus = new Bus(); bus.on('x', (v) => { got = v; }); bus.emit('x', text); return format('%s!', got); };`,
      'src/plugin.ts': withDependency(`dep('heard')`),
    });
    const { manifest } = await buildPlugin(folder.path);
    const text = await readFile(join(folder.path, 'dist/plugin.js'), 'utf8');
    expect(manifest.description).toBe('heard!');
    expect(new Set([...text.matchAll(IMPORTS)].map((match) => match[1]))).toEqual(
      new Set(['node:events', 'node:util']),
    );
    expect(text).not.toContain('Dynamic require');
  });

  it.each([
    ['import of fs', `import { readFileSync } from 'node:fs';\nvoid readFileSync;`, 'node:fs'],
    ['a bare import of http', `import http from 'http';\nvoid http.Agent;`, 'http'],
    ['a dynamic import of child_process', `await import('node:child_process');`, 'node:child_process'],
    ['export from worker_threads', `export { Worker } from 'worker_threads';`, 'worker_threads'],
  ])('refuses %s, naming the file and the builtin', async (_case, line, builtin) => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, {
      'package.json': packageJson('bad'),
      'src/plugin.ts': `${line}\n${pluginSource('bad')}`,
    });
    const [fault] = await faultsOf(folder.path);
    expect(fault).toMatch(/^src\/plugin\.ts:1:/);
    expect(fault).toContain(`src/plugin.ts imports "${builtin}"`);
    expect(fault).toContain('--allow-missing-builtins');
    expect(await readdir(folder.path)).not.toContain('dist');
  });

  it('lets a missing builtin throw only when it is called, when asked to', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, {
      'package.json': packageJson('dep'),
      'src/dep.cjs': `
        const fs = require('fs');
        const { Agent } = require('node:https');
        class Own extends Agent {}
        module.exports = { never: () => fs.promises.readFile('x'), agent: () => new Own(), fine: () => 'fine' };`,
      'src/plugin.ts': `import { connect } from 'node:net';
        const tried = (run) => { try { return run(); } catch (error) { return error.message; } };
        ${withDependency(`[dep.fine(), tried(dep.never), tried(dep.agent), tried(() => connect(1))].join(' | ')`)}`,
    });
    expect(await faultsOf(folder.path)).toHaveLength(3);
    const { manifest } = await buildPlugin(folder.path, { allowMissingBuiltins: true });
    expect(manifest.description).toBe(
      'fine | fs.promises.readFile does not exist in a plugin: node:fs is not available here | ' +
        'https.Agent does not exist in a plugin: node:https is not available here | ' +
        'net.connect does not exist in a plugin: node:net is not available here',
    );
  });

  it('takes the build of a library that calls the global fetch, and what it puts in the place of builtins', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, {
      'package.json': packageJson('dep'),
      'src/lib/package.json': { name: 'lib', main: './node.cjs', browser: { './node.cjs': './web.cjs', fs: false } },
      'src/lib/node.cjs': `module.exports = 'calls ' + require('http').name;`,
      'src/lib/web.cjs': `module.exports = 'calls fetch, fs has ' + Object.keys(require('fs')).length;`,
      'src/plugin.ts': `import dep from './lib/node.cjs';\n${pluginSource('dep', 'description: dep,')}`,
    });
    expect((await buildPlugin(folder.path)).manifest.description).toBe('calls fetch, fs has 0');
  });

  it.each([
    ['no plugin', `export default 42;`, 'definePlugin'],
    ['a plugin that throws at load', `throw new Error('boom');`, 'boom'],
    ['a plugin that exits at load', `process.exit(7);`, 'exit code 7'],
    ['a duration nobody knows', pluginSource('bad').replace(`'60s'`, `'60 s'`), 'queries.items.cache'],
    ['a manifest a host would refuse', pluginSource('Bad'), 'plugin.json /name'],
    ['a syntax error', `export default {;`, 'src/plugin.ts:1:'],
  ])('fails for %s and writes nothing', async (_case, source, expected) => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, { 'package.json': packageJson('bad'), 'src/plugin.ts': source });
    expect((await faultsOf(folder.path)).join('\n')).toContain(expected);
    expect(await readdir(join(folder.path, 'dist')).catch(() => [])).toEqual([]);
  });

  it('builds a bundle that other code imports like any module', async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, { 'package.json': packageJson('tiny'), 'lib/main.js': pluginSource('tiny') });
    await buildPlugin(folder.path, { entry: 'lib/main.js' });
    const loaded = await import(pathToFileURL(join(folder.path, 'dist/plugin.js')).href);
    expect(loaded.default.name).toBe('tiny');
  });
});
