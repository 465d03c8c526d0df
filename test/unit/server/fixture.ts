// Owns a browser host in this process, on a temporary project folder with a page of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../../core/services/log.js';
import { startServing, type ServeOptions, type Serving } from '../../../server/serve.js';

export interface TestHost extends Serving {
  dataDir: string;
  projectRoot: string;
  token: string;
  dispose(): Promise<void>;
}

export async function startTestHost(options: Partial<ServeOptions> = {}): Promise<TestHost> {
  const projectRoot = mkdtempSync(join(tmpdir(), 'plumb-host-'));
  const page = join(projectRoot, 'dist', 'renderer');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Plumb</title>');
  writeFileSync(join(page, 'assets', 'index-abc.js'), 'export {};');
  writeFileSync(join(projectRoot, 'dist', 'secret.txt'), 'secret');
  writeFileSync(join(projectRoot, 'package.json'), '{"version":"1.2.3"}');
  const dataDir = join(projectRoot, 'data');
  const serving = await startServing({ dataDir, port: 0, log: createLog(() => undefined), env: {}, root: projectRoot, ...options });
  return {
    ...serving,
    dataDir,
    projectRoot,
    token: new URL(serving.url).searchParams.get('token')!,
    async dispose() {
      await serving.close();
      rmSync(projectRoot, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A raw request: the path and the headers go out as they are, which fetch would not allow. */
export function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.on('error', fail).end();
  });
}

/** Signs in and returns the cookie to send. */
export async function signIn({ port, token }: Pick<TestHost, 'port' | 'token'>): Promise<string> {
  const { headers } = await ask(port, `/?token=${token}`);
  return headers['set-cookie']![0]!.split(';')[0]!;
}
