import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import { answers } from '../contenders/answers.ts';
import { installed } from '../contenders/installed.ts';
import { childrenOf } from '../process-facts.ts';

/** A running proxy; the process `pid` is measured. */
interface RunningProxy {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface HttpContender {
  readonly title: string;
  /** False if it is not installed. */
  readonly here: boolean;
  /** `folder` is for its configuration. */
  start(listen: number, endpoint: number, folder: string): Promise<RunningProxy>;
}

const NGINX = installed('nginx');
const HAPROXY = installed('haproxy');
const scriptOf = (path: string): string => new URL(path, import.meta.url).pathname;

/** The baseline first, then Herald; all with defaults and one thread. */
export const HTTP_CONTENDERS: readonly HttpContender[] = [
  {
    title: 'bare node:http',
    here: true,
    start: (listen, endpoint) =>
      started('node:http', process.execPath, [
        scriptOf('../http-proxy-process.js'),
        String(listen),
        String(endpoint),
      ])(listen),
  },
  {
    title: 'Herald (http)',
    here: true,
    start: (listen, endpoint) =>
      started('Herald', process.execPath, [
        scriptOf('../../src/main.js'),
        'edge',
        ...['--listen', `127.0.0.1:${listen}`, '--to', `127.0.0.1:${endpoint}`, '--present', 'forwarded'],
        ...['--metrics', '127.0.0.1:0', '--admin', 'none', '--log-format', 'json'],
      ])(listen),
  },
  {
    title: 'nginx proxy_pass',
    here: NGINX !== null,
    start: (listen, endpoint, folder) => {
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, nginxConfig(listen, endpoint, folder));
      return started('nginx', NGINX!, ['-e', 'stderr', '-p', folder, '-c', file], true)(listen);
    },
  },
  {
    title: 'HAProxy mode http',
    here: HAPROXY !== null,
    start: (listen, endpoint, folder) => {
      const file = join(folder, 'haproxy.cfg');
      writeFileSync(file, haproxyConfig(listen, endpoint));
      return started('HAProxy', HAPROXY!, ['-db', '-f', file])(listen);
    },
  },
];

function started(title: string, command: string, args: readonly string[], hasWorker = false) {
  return async (port: number): Promise<RunningProxy> => {
    const child = new Child(title, command, args);
    try {
      await child.until('open port', () => answers(port));
      // nginx's master only waits.
      const pid = hasWorker ? await child.until('worker', () => childrenOf(child.pid)[0]) : child.pid;
      return { pid, stop: () => child.stop() };
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
}

function nginxConfig(listen: number, endpoint: number, folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${join(folder, kind)};`,
  );
  return `
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
${paths.join('\n')}
  upstream endpoint { server 127.0.0.1:${endpoint}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${listen};
    location / {
      proxy_pass http://endpoint;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;
}

function haproxyConfig(listen: number, endpoint: number): string {
  return `
global
  nbthread 1
  maxconn 1000
defaults
  mode http
  option forwardfor
  option http-keep-alive
  http-reuse always
  timeout connect 2s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:${listen}
  server endpoint 127.0.0.1:${endpoint}
`;
}
