// Owns how the page is built: hashed files, no inline scripts, nothing remote; `--mode fake` serves the page on a made-up backend.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { listLicences } from '../scripts/licences.mjs';

const here = decodeURIComponent(new URL('.', import.meta.url).pathname);

export default defineConfig({
  root: here,
  // Relative addresses work on the loopback server and on Electron's own protocol alike.
  base: './',
  plugins: [react()],
  define: { __PLUMB_LICENCES__: JSON.stringify(listLicences()) },
  build: {
    outDir: `${here}../dist/renderer`,
    emptyOutDir: true,
    target: 'es2024',
    // The content policy allows fonts from 'self' only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
