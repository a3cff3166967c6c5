import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { Contender, Place, Running, ScenarioId } from '../contender.ts';
import { childrenOf } from '../process-facts.ts';
import { answers } from './answers.ts';
import { installed, printed } from './installed.ts';

const command = installed('nginx');
const build = command === null ? '' : printed(command, '-V');

const EVERYTHING: readonly ScenarioId[] = [
  ...(['short', 'kept', 'bulk-down', 'bulk-up', 'idle', 'ingress-v1', 'ingress-v2'] as const),
  ...(['latency', 'endpoints', 'open', 'threads'] as const),
];

/**
 * nginx `stream`, one worker a thread. It sends only headers of version 1. By default it closes both sides once one has
 * ended; with half-close it forwards the end and waits for the other side's, as all other contenders do.
 */
export function nginx(halfCloses: boolean): Contender {
  return {
    id: halfCloses ? 'nginx-half-close' : 'nginx',
    title: halfCloses ? 'nginx with half-close' : 'nginx stream',
    version: /nginx\/(\S+)/.exec(build)?.[1] ?? null,
    header: 'v1',
    remark: 'sends no v2',
    scenarios: halfCloses ? ['short'] : EVERYTHING,
    missing: missing(),
    start: (place) => start(halfCloses, place),
  };
}

function missing(): string | null {
  if (command === null) return 'nginx is not installed';
  if (!build.includes('--with-stream')) return 'nginx is installed without its stream module';
  const file = streamModule();
  return file === null || existsSync(file) ? null : "nginx's stream module is not installed";
}

/** The file of the module; null if it is built in. */
function streamModule(): string | null {
  if (!build.includes('--with-stream=dynamic')) return null;
  return join(/--modules-path=(\S+)/.exec(build)?.[1] ?? '', 'ngx_stream_module.so');
}

async function start(halfCloses: boolean, place: Place): Promise<Running> {
  const file = join(place.folder, 'nginx.conf');
  writeFileSync(file, configuration(halfCloses, place));
  const child = new Child('nginx', command!, ['-e', 'stderr', '-p', place.folder, '-c', file]);
  try {
    await child.until('open port', () => answers(place.listen));
    // The master only waits; the workers are measured.
    const pids = await child.until('workers', () => {
      const workers = childrenOf(child.pid);
      return workers.length === place.threads ? workers : undefined;
    });
    return { port: place.listen, pids, end: () => child.end, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function configuration(halfCloses: boolean, place: Place): string {
  const { listen, endpoints, folder, sessions, threads, accepts, presents } = place;
  const file = streamModule();
  return `${file === null ? '' : `load_module ${file};`}
daemon off;
worker_processes ${threads};
pid ${join(folder, 'nginx.pid')};
lock_file ${join(folder, 'nginx.lock')};
error_log stderr error;
events {
  worker_connections ${2 * sessions};
}
stream {
  upstream endpoints {
${endpoints.map((address) => `    server ${address};`).join('\n')}
  }
  server {
    listen 127.0.0.1:${listen}${threads > 1 ? ' reuseport' : ''}${accepts === 'none' ? '' : ' proxy_protocol'};
    proxy_pass endpoints;
    proxy_protocol ${presents ? 'on' : 'off'};
    proxy_connect_timeout 2s;
    proxy_timeout 1h;
${halfCloses ? '    proxy_half_close on;\n' : ''}  }
}
`;
}
