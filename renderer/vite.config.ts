// Owns how the page is built: hashed files, no inline scripts, nothing remote; `--mode fake` serves the page on a made-up backend.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { listLicences } from '../scripts/licences.mjs';

const here = decodeURIComponent(new URL('.', import.meta.url).pathname);
const pdfjs = `${here}../node_modules/pdfjs-dist/`;

/** Image decoders as plain scripts: WebAssembly would need a wider content policy. The names are pdf.js's own. */
const decoders = ['openjpeg_nowasm_fallback.js', 'jbig2_nowasm_fallback.js'];

/**
 * What pdf.js loads while it draws, from our own files. Fonts and character maps become modules (`?base64`), because in Electron's window
 * nothing may be fetched, only scripts of ours may be imported.
 */
function pdfData(): Plugin {
  return {
    name: 'plumb-pdf-data',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith('?base64')) return undefined;
      const bytes = await this.fs.readFile(id.slice(0, -'?base64'.length));
      return `export default "${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}"`;
    },
    async generateBundle() {
      for (const name of decoders) this.emitFile({ type: 'asset', fileName: `pdf/${name}`, source: await this.fs.readFile(`${pdfjs}wasm/${name}`) });
    },
  };
}

export default defineConfig({
  root: here,
  // Relative addresses work on the loopback server and on Electron's own protocol alike.
  base: './',
  plugins: [react(), pdfData()],
  define: { __PLUMB_LICENCES__: JSON.stringify(listLicences()) },
  worker: { format: 'es' },
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
