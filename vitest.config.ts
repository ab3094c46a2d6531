import { defineConfig } from 'vitest/config';

// Vitest hands these to Node too, where `import` or `module` would give a CommonJS package the wrong files of its dependencies.
const conditions = ['jackfield-source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['tests/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'sdk/test/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
