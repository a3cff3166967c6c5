import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { Contender, Place, Running } from '../contender.ts';
import { childrenOf } from '../process-facts.ts';
import { answers } from './answers.ts';
import { installed, printed } from './installed.ts';

const command = installed('nginx');
const build = command === null ? '' : printed(command, '-V');

/** nginx `stream` with one worker. It sends headers of version 1 only. */
export function nginx(): Contender {
  return {
    id: 'nginx',
    title: 'nginx stream',
    version: /nginx\/(\S+)/.exec(build)?.[1] ?? null,
    header: 'v1',
    remark: 'sends no v2',
    scenarios: ['short', 'kept', 'bulk', 'idle'],
    missing: missing(),
    start,
  };
}

function missing(): string | null {
  if (command === null) return 'nginx is not installed';
  if (!build.includes('--with-stream')) return 'nginx is installed without its stream module';
  const file = streamModule();
  return file === null || existsSync(file) ? null : "nginx's stream module is not installed";
}

/** The module's file; null where it is a part of the program. */
function streamModule(): string | null {
  if (!build.includes('--with-stream=dynamic')) return null;
  return join(/--modules-path=(\S+)/.exec(build)?.[1] ?? '', 'ngx_stream_module.so');
}

async function start(place: Place): Promise<Running> {
  const file = join(place.folder, 'nginx.conf');
  writeFileSync(file, configuration(place));
  const child = new Child('nginx', command!, ['-e', 'stderr', '-p', place.folder, '-c', file]);
  try {
    await child.until('open port', () => answers(place.listen));
    // The master only waits: what is measured is the worker.
    const worker = await child.until('worker', () => childrenOf(child.pid)[0]);
    return { port: place.listen, pid: worker, end: () => child.end, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function configuration({ listen, endpoint, folder, sessions }: Place): string {
  const file = streamModule();
  return `${file === null ? '' : `load_module ${file};`}
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
lock_file ${join(folder, 'nginx.lock')};
error_log stderr error;
events {
  worker_connections ${2 * sessions};
}
stream {
  server {
    listen 127.0.0.1:${listen};
    proxy_pass 127.0.0.1:${endpoint};
    proxy_protocol on;
    proxy_connect_timeout 2s;
    proxy_timeout 1h;
  }
}
`;
}
