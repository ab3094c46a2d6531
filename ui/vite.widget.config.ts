// The widget that other pages load: /widget.js, and beside it what it loads on demand.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Files of the app are in the same folder, made before.
  publicDir: false,
  // Addresses of chunks are relative to the module that loads them, which is on another site than the page.
  base: './',
  build: {
    target: 'es2023',
    emptyOutDir: false,
    modulePreload: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: 'src/widget/index.ts',
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'widget.js', chunkFileNames: 'widget/[name]-[hash].js' },
    },
  },
});
