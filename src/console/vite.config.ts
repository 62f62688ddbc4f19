import { defineConfig } from 'vite';

/** Builds the console into `dist/console`: plain files on relative paths, nothing inline, so that a strict CSP holds. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    sourcemap: false,
    target: 'es2022',
  },
});
