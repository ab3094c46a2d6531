// The app. The widget that other pages load is built from its own config, vite.widget.config.ts, into the same folder.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2023',
    // A data: URL in a style sheet would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  // `npm run dev -w ui` beside a host that is up.
  server: { proxy: { '^/(api/|widget)': process.env['JACKFIELD_URL'] ?? 'http://127.0.0.1:7700' } },
});
