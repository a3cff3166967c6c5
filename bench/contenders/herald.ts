import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { Child } from '../child.ts';
import type { Contender, Place, Running } from '../contender.ts';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
const PACKAGE = new URL('../../../package.json', import.meta.url);

/** Herald as its users run it, with every default on, one thread. */
export function herald(engine: 'epoll' | 'net'): Contender {
  return {
    id: `herald-${engine}`,
    title: `Herald (${engine})`,
    version: JSON.parse(readFileSync(PACKAGE, 'utf8')).version,
    header: 'v2',
    remark: null,
    scenarios: ['short', 'kept', 'bulk', 'idle', 'unfinished'],
    missing: null,
    start: (place) => start(engine, place),
  };
}

async function start(engine: 'epoll' | 'net', place: Place): Promise<Running> {
  const address = (port: number): string => `127.0.0.1:${port}`;
  const role = place.takesHeader
    ? // A header may not take longer than 5 s by default, and unfinished ones are held while they are measured.
      ['sidecar', '--trust', '127.0.0.0/8', '--present', 'v2', '--header-timeout', '60s']
    : ['edge'];
  const child = new Child(`Herald (${engine})`, process.execPath, [
    MAIN,
    ...role,
    ...['--listen', address(place.listen), '--to', address(place.endpoint)],
    ...['--engine', engine, '--threads', '1'],
    ...['--metrics', address(0), '--admin', 'none', '--log-format', 'json'],
  ]);
  try {
    await child.until('line "listening"', () => child.lines.find((line) => line.includes('"listening"')));
    const opened = child.lines.find((line) => line.includes('"--metrics is open"'));
    const serving = /^herald_build_info\{.*engine="(\w+)"/m.exec(await metrics(opened))?.[1];
    if (serving !== engine) throw new Error(`it serves with the ${serving} engine, not with ${engine}`);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { port: place.listen, pid: child.pid, end: () => child.end, stop: () => child.stop() };
}

/** What `--metrics` answers: it is on, and tells which engine serves. */
async function metrics(opened: string | undefined): Promise<string> {
  if (opened === undefined) throw new Error('--metrics is not open');
  const { address } = JSON.parse(opened) as { address: string };
  return new Promise((resolve, reject) => {
    get(`http://${address}/metrics`, { agent: false }, async (answer) =>
      resolve(Buffer.concat(await answer.toArray()).toString()),
    ).on('error', reject);
  });
}
