import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { Contender, Place, Running } from '../contender.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
const PACKAGE = new URL('../../../package.json', import.meta.url);

/** Herald as its users run it, with every default on. */
export function herald(engine: 'epoll' | 'net'): Contender {
  return {
    id: `herald-${engine}`,
    title: `Herald (${engine})`,
    version: JSON.parse(readFileSync(PACKAGE, 'utf8')).version,
    header: 'v2',
    remark: null,
    scenarios: [
      ...([
        'short',
        'kept',
        'bulk-down',
        'bulk-up',
        'idle',
        'unfinished',
        'ingress-v1',
        'ingress-v2',
      ] as const),
      ...(['latency', 'endpoints', 'open'] as const),
      // The net engine always has one thread.
      ...(engine === 'epoll' ? (['threads'] as const) : []),
    ],
    missing: null,
    start: (place) => start(engine, place),
  };
}

async function start(engine: 'epoll' | 'net', place: Place): Promise<Running> {
  const file = join(place.folder, 'herald.json');
  writeFileSync(file, JSON.stringify({ version: 1, listeners: [listenerOf(place)] }));
  const child = new Child(`Herald (${engine})`, process.execPath, [
    ...[MAIN, 'run', '--config', file],
    ...['--engine', engine, '--threads', String(place.threads)],
    ...['--metrics', '127.0.0.1:0', '--admin', 'none', '--log-format', 'json'],
  ]);
  let opened: string | undefined;
  try {
    await child.until('line "listening"', () => child.lines.find((line) => line.includes('"listening"')));
    opened = child.lines.find((line) => line.includes('"--metrics is open"'));
    const serving = /^herald_build_info\{.*engine="(\w+)"/m.exec(await metrics(opened))?.[1];
    if (serving !== engine) throw new Error(`it serves with the ${serving} engine, not with ${engine}`);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    port: place.listen,
    pids: [child.pid],
    // The net engine has no workers.
    workerSessions: async () =>
      [...(await metrics(opened)).matchAll(/^herald_worker_sessions\{.*\} (\d+)$/gm)].map(([, count]) =>
        Number(count),
      ),
    end: () => child.end,
    stop: () => child.stop(),
  };
}

/** A file, because 10,000 endpoints exceed the length of an argument. */
function listenerOf({ listen, endpoints, accepts, presents }: Place): object {
  return {
    name: 'bench',
    listen: `127.0.0.1:${listen}`,
    to: endpoints,
    present: presents ? 'v2' : 'none',
    // Unfinished headers are held while they are measured, which takes longer than the default timeout of 5 s.
    ...(accepts === 'none' ? {} : { acceptProxy: 'any', trust: ['127.0.0.0/8'], headerTimeout: '60s' }),
  };
}

/** The text of `--metrics`, which also names the engine. */
async function metrics(opened: string | undefined): Promise<string> {
  if (opened === undefined) throw new Error('--metrics is not open');
  const { address } = JSON.parse(opened) as { address: string };
  return new Promise((resolve, reject) => {
    get(`http://${address}/metrics`, { agent: false }, async (answer) =>
      resolve(Buffer.concat(await answer.toArray()).toString()),
    ).on('error', reject);
  });
}
