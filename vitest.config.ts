import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';
import { quickFolder } from './tests/support/quick-folder.ts';

// Everything that is started by the run inherits these. Hosts that are processes of their own start a quarter faster when Node keeps
// what it has compiled.
process.env['TMPDIR'] ??= quickFolder();
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

// Vitest hands these to Node too, where `import` or `module` would give a CommonJS package the wrong files of its dependencies.
const conditions = ['jackfield-source', 'node'];

/** Suites that saturate a core, or measure what they take of it: each has one. */
const aside = ['tests/sandbox/{hostile,deaths}.test.ts', 'tests/gateway/streaming.test.ts'];

/** Suites that need the machine for themselves: they saturate it, or measure while they do. */
const alone = ['tests/faults/{floods,hostile-host}.test.ts', 'tests/queries/streaming.test.ts'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/seeded-properties.ts'],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // They wait for conditions: how long is decided by what else the machine does.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          // Many of them wait most of the time, for a lease, a deadline or a process that starts.
          maxWorkers: availableParallelism() * 2,
          // Loading the host, compiling schemas and PGlite once for each process, and not for each file, saves a third of the time.
          isolate: false,
          // The embedded database is WebAssembly, and each is short-lived: to translate it well costs more than it gives.
          execArgv: ['--liftoff-only'],
          include: ['tests/**/*.test.ts', 'plugins/*/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...aside, ...alone],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'aside',
          include: aside,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, fileParallelism: false, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
