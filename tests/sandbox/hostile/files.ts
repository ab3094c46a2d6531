import type { Idea } from './idea.ts';

const refused = (tries: string, body: string): Idea => ({ tries, body, ends: 'refused' });

export const FILES: readonly Idea[] = [
  refused('reads a file with node:fs', `reached((await load('node:fs')).readFileSync(world.secretFile, 'utf8'))`),
  refused('reads a file with fs/promises', `reached(await (await load('fs/promises')).readFile(world.secretFile))`),
  refused('reads the master key', `reached((await load('fs')).readFileSync(world.masterKeyFile))`),
  refused('lists the database', `reached((await load('node:fs')).readdirSync(world.databaseFolder))`),
  refused('opens the database', `reached(await load(world.databaseModule))`),
  refused('imports a file as JSON', `reached(await import(world.secretFile, { with: { type: 'json' } }))`),
  refused("imports another plugin's bundle", `reached(await load('file://' + world.otherBundle))`),
  refused('fetches a file', `await denied(ctx.fetch('file://' + world.secretFile))`),
  refused('fetches a file with the global fetch', `await denied(fetch('file://' + world.secretFile))`),
  refused('reads its environment in /proc', `reached((await load('node:fs')).readFileSync('/proc/self/environ'))`),
  refused('reads the environment', `for (const key of Object.keys(process.env)) reached(process.env[key])`),
  refused(
    'reads through a descriptor that is open',
    `const fs = await load('node:fs'); for (let fd = 0; fd < 64; fd++) try { reached(fs.fstatSync(fd)); } catch {}`,
  ),
  refused('gets fs past the import', `reached(process.getBuiltinModule('fs'))`),
  refused('gets fs from a binding', `reached(process.binding('fs'))`),
  refused(
    'gets fs from a require function',
    `reached((await load('node:module')).createRequire('file:///x.js')('fs'))`,
  ),
  refused('gets fs from evaluated code', `reached(await (0, eval)('import("node:fs")'))`),
  refused(
    'gets fs from a function of another function',
    `reached(await (async () => {}).constructor('return import("node:fs")')())`,
  ),
  refused(
    'gets a module from generated code',
    `reached(await load('data:text/javascript,export { readFileSync } from "node:fs"'))`,
  ),
  refused(
    'gets a module by a blob URL',
    `reached(await load(URL.createObjectURL(new Blob(['export default 1'], { type: 'text/javascript' }))))`,
  ),
  refused(
    'hooks the loader',
    `const { registerHooks } = await load('node:module'); reached(registerHooks({ resolve: (s, c, n) => n(s, c) }))`,
  ),
  refused(
    'runs WASI',
    `const { WASI } = await load('node:wasi'); reached(new WASI({ version: 'preview1', preopens: { '/': '/' } }))`,
  ),
  refused('compiles WebAssembly', `reached(new WebAssembly.Memory({ initial: 1 }))`),
  refused(
    'loads an addon',
    `try { process.dlopen({ exports: {} }, world.secretFile); } catch (error) { if (error.code === 'ERR_DLOPEN_FAILED') reached('the loader'); }`,
  ),
  refused('writes a report', `reached(process.report.writeReport(world.secretFile + '.report'))`),
  refused('writes a heap snapshot', `reached((await load('node:v8')).writeHeapSnapshot(world.secretFile + '.heap'))`),
  refused('uses SQLite', `const { DatabaseSync } = await load('node:sqlite'); reached(new DatabaseSync(':memory:'))`),
];
