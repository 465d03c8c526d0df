// Owns the fonts and character maps pdf.js asks for while it draws: our own modules, loaded one by one when they are needed.

type Load = () => Promise<{ default: string }>;
const modules: Record<string, Load> = {
  ...import.meta.glob<{ default: string }>('../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', { query: '?base64' }),
  ...import.meta.glob<{ default: string }>('../../node_modules/pdfjs-dist/cmaps/*.bcmap', { query: '?base64' }),
};
const byName = new Map(Object.entries(modules).map(([path, load]) => [path.slice(path.lastIndexOf('/') + 1), load]));

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** In the place of pdf.js's own factory, which would fetch. */
export class OwnDataFactory {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const load = byName.get(filename);
    // Decoders in WebAssembly are left out on purpose; pdf.js goes on with its plain scripts.
    if (!load) throw new Error(`${kind}: ${filename} is not part of Plumb`);
    return bytesOf((await load()).default);
  }
}
