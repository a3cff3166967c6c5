import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoadResult } from '../src/load/result.ts';
import { type Summary, summarize } from '../src/load/statistics.ts';
import { Child } from './child.ts';
import { answers } from './contenders/answers.ts';
import { installed } from './contenders/installed.ts';
import { freePort } from './free-port.ts';
import { textTable } from './text-table.ts';

/**
 * Compares one thread of `herald load` with `wrk -t1` against the same nginx, in turn: connections a second
 * (Connection: close) and requests a second (kept). Both are closed loops with the same number of connections.
 *
 *     node dist/bench/cross-check.js [ROUNDS]      15 by default, 5 s each
 */
const CONNECTIONS = 32;
const SECONDS = 1;
const WANTED = 0.9;
/** The exit status of a run that the generator limited. That is intended here: its rate is the figure. */
const GENERATOR_LIMITED = 4;
const LOAD = fileURLToPath(new URL('../src/main.js', import.meta.url));
const run = promisify(execFile);

type Mode = 'close' | 'kept';
const TITLES: { readonly [mode in Mode]: string } = { close: 'connections/s', kept: 'requests/s' };

const nginx = installed('nginx');
const wrk = installed('wrk');
if (nginx === null || wrk === null) {
  console.error('bench: nginx and wrk have to be installed');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'));
process.once('exit', () => {
  Child.killAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const rounds = Number(process.argv[2] ?? 15);
const port = await freePort();
const file = join(folder, 'nginx.conf');
writeFileSync(file, configuration());
const server = new Child('nginx', nginx, ['-e', 'stderr', '-p', folder, '-c', file]);
await server.until('open port', () => answers(port));

const rows: string[][] = [['', 'wrk -t1', 'herald load', 'ratio', 'wanted', '']];
for (const mode of ['close', 'kept'] as const) rows.push(await compare(mode));
console.log(textTable(rows, false));
await server.stop();

/** Consecutive runs are compared, and their order alternates, so that other load on the machine affects both. */
async function compare(mode: Mode): Promise<string[]> {
  const pairs: { readonly wrk: number; readonly load: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0 ? await byWrk(mode) : await byLoad(mode);
    const second = round % 2 === 0 ? await byLoad(mode) : await byWrk(mode);
    pairs.push(round % 2 === 0 ? { wrk: first, load: second } : { wrk: second, load: first });
  }
  const ratio = summarize(pairs.map((pair) => pair.load / pair.wrk))!;
  const median = (figures: readonly number[]) => Math.round(summarize(figures)!.median).toLocaleString('en');
  return [
    TITLES[mode],
    median(pairs.map((pair) => pair.wrk)),
    median(pairs.map((pair) => pair.load)),
    show(ratio),
    `≥ ${WANTED}`,
    ratio.median >= WANTED ? 'met' : 'missed',
  ];
}

function show({ median, low, high }: Summary): string {
  return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

async function byWrk(mode: Mode): Promise<number> {
  const close = mode === 'close' ? ['-H', 'Connection: close'] : [];
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, ...close, `http://127.0.0.1:${port}/`];
  const { stdout } = await run(wrk!, args);
  const failed = /Socket errors|Non-2xx/.exec(stdout);
  if (failed !== null) throw new Error(`wrk: ${stdout}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)![1]);
}

async function byLoad(mode: Mode): Promise<number> {
  const json = join(folder, 'load.json');
  const plan = ['--work', 'http', '--rate', 'max', '--connections', `${CONNECTIONS}`, '--warmup', '300ms'];
  const keep = mode === 'kept' ? ['--keep'] : [];
  const args = [LOAD, 'load', '--to', `127.0.0.1:${port}`, ...plan, ...keep, '--duration', `${SECONDS}s`];
  await run(process.execPath, [...args, '--json', json, '--fail-if', 'errors>0']).catch((error) => {
    if (error.code !== GENERATOR_LIMITED) throw error;
  });
  const { achieved } = JSON.parse(readFileSync(json, 'utf8')) as LoadResult;
  return achieved.requestsPerSecond;
}

function configuration(): string {
  return `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events {
  worker_connections 1024;
}
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      return 200 "hello\\n";
    }
  }
}
`;
}
