// Owns answering plain HTTP: the sign-in by token, the page's files, and a plain word for everybody else.
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders, type PageFile } from '../core/services/host/page-files.js';
import type { Access } from './access.js';

const headers = securityHeaders("'self'");

function say(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Plumb</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;padding:0 1em"><h1>${title}</h1><p>${text}</p></body></html>`);
}

/** Answers one request. Only GET and HEAD exist; everything but the sign-in needs the cookie. */
export function answerPage(request: IncomingMessage, response: ServerResponse, access: Access, files: Map<string, PageFile>): void {
  if (!access.hostIsOurs(request)) return say(response, 421, 'Not this address', 'Open Plumb by the address it printed when it started.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // Whatever else the connection brings is not read.
    response.setHeader('connection', 'close');
    return say(response, 405, 'Not possible', 'Plumb’s window is only read from here.');
  }
  if (access.isForAnotherPage(request)) return say(response, 403, 'Not from there', 'Plumb’s window shows itself to nobody else.');
  const url = URL.parse(request.url ?? '/', 'http://plumb.invalid');
  if (url === null) return say(response, 400, 'Not an address', 'There is nothing at this address.');
  if (url.pathname === '/' && access.tokenIsRight(url.searchParams.get('token'))) {
    // Redirecting takes the token out of the address bar and the history.
    response.writeHead(303, { ...headers, 'set-cookie': access.setCookie(), location: '/' });
    response.end();
    return;
  }
  if (!access.isSignedIn(request)) {
    return say(response, 403, 'Plumb is locked', 'Open the full address that Plumb printed when it started; it ends in <code>?token=…</code>. The token is also in the file <code>token</code> in Plumb’s data folder.');
  }
  const file = files.get(url.pathname);
  if (!file && url.pathname === '/') return say(response, 503, 'The window is not built', 'Stop Plumb and start it with <code>npm start</code>, which builds it.');
  if (!file) return say(response, 404, 'Not found', 'There is nothing at this address.');
  response.writeHead(200, file.headers);
  if (request.method === 'HEAD') response.end();
  else createReadStream(file.path).on('error', () => response.destroy()).pipe(response);
}
