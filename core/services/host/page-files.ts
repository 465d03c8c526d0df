// Owns the files of the page and the headers they leave with, the same in both hosts.
import { existsSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface PageFile {
  /** Absolute path on disk. */
  path: string;
  headers: Record<string, string>;
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

/**
 * Nothing but our own files runs, nothing is fetched from elsewhere, nobody frames the page.
 * @param connect what scripts may talk to: 'self' for the WebSocket, 'none' where the pipe is not a connection
 */
export function contentSecurityPolicy(connect: "'self'" | "'none'"): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    // No style attributes in markup; what moves is placed by scripts through the DOM, which this allows.
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Pages of PDFs are read apart from the window, by a script of ours.
    "worker-src 'self'",
    `connect-src ${connect}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Headers of every answer, whatever it carries. */
export function securityHeaders(connect: "'self'" | "'none'"): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(connect),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/**
 * Every file that may be asked for, by its address path. A table made from the folder: an address that is not in it does
 * not exist, so no address can climb out of the folder. Empty when the page is not built.
 */
export function pageFiles(dir: string, connect: "'self'" | "'none'"): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  if (!existsSync(dir)) return files;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const address = `/${relative(dir, path).split(sep).join('/')}`;
    const headers: Record<string, string> = { ...securityHeaders(connect), 'content-type': type };
    // Vite puts a hash of the content into these names, and they hold code, never content.
    if (address.startsWith('/assets/')) headers['cache-control'] = 'private, max-age=31536000, immutable';
    files.set(address, { path, headers });
  }
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  return files;
}
