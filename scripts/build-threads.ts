// Makes one file of each program that the host starts as a thread or a process of its own. Those start all the time: as some thirty
// sources, or with all of undici, one takes a tenth of a second and more of CPU until it begins to work.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '..');

const THREADS = {
  'sdk/dist/threads/sandbox.mjs': 'sdk/src/runtime/worker.ts',
  'sdk/dist/threads/manifest.mjs': 'sdk/src/build/manifest-thread.ts',
  'host/dist/threads/gateway.mjs': 'host/src/gateway/thread/main.ts',
  'host/dist/threads/trace-sender.mjs': 'host/src/telemetry/sender/main.ts',
  'host/dist/threads/plugin-process.mjs': 'host/src/sandbox/process/main.ts',
};

/** Writes them below `root`: takes 0.1 s. A reader never sees half of one. */
export async function buildThreads(root: string = repository): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(THREADS).map(([out, entry]) => ({ in: entry, out: out.replace(/\.mjs$/, '') })),
    outdir: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    conditions: ['jackfield-source'],
    // It finds the file of its own threads beside itself.
    external: ['piscina'],
    // undici asks for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    legalComments: 'inline',
    logLevel: 'silent',
  });
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      await mkdir(dirname(path), { recursive: true });
      const unfinished = `${path}.${process.pid}`;
      await writeFile(unfinished, contents);
      await rename(unfinished, path);
    }),
  );
}

if (import.meta.main) await buildThreads();
