import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { processorTime } from './processor-time.ts';
import { median, medianInterval } from './statistics.ts';

/**
 * What a connection costs the `net` engine beside the bare relay of `relay.ts`: processor time of the
 * proxy's process alone, in one run, in turn, as ratios of neighbouring rounds.
 *
 *     node dist/bench/net-cost.js [ROUNDS] [CONNECTIONS]
 */
const rounds = Number(process.argv[2] ?? 9);
const connections = Number(process.argv[3] ?? 4000);
const CONCURRENT = 32;
const TARGET = 1.1;

const here = new URL('.', import.meta.url).pathname;
const ports = { endpoint: 18_081, relay: 18_082, herald: 18_083 };
const children: ChildProcess[] = [];

async function start(ready: RegExp, script: string, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [`${here}${script}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout! })) if (ready.test(line)) break;
  child.stdout!.resume();
  return child.pid!;
}

/** One short connection: connect, send, wait for the answer, end. */
async function visit(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  socket.write('x'.repeat(64));
  socket.on('data', () => socket.end());
  await once(socket, 'close');
}

/** Microseconds of processor time a connection. */
async function round(pid: number, port: number): Promise<number> {
  const before = processorTime(pid);
  let left = connections;
  await Promise.all(
    Array.from({ length: CONCURRENT }, async () => {
      while (left-- > 0) await visit(port);
    }),
  );
  return (processorTime(pid) - before) / connections;
}

try {
  await start(/listening/, 'endpoint.js', String(ports.endpoint));
  const relay = await start(/listening/, 'relay.js', String(ports.relay), String(ports.endpoint));
  const herald = await start(
    /"listening"/,
    '../src/main.js',
    ...['edge', '--listen', `127.0.0.1:${ports.herald}`, '--to', `127.0.0.1:${ports.endpoint}`],
    ...['--engine', 'net', '--metrics', '127.0.0.1:0', '--admin', 'none', '--log-format', 'json'],
  );
  await round(relay, ports.relay);
  await round(herald, ports.herald);
  const figures: { relay: number; herald: number }[] = [];
  for (let each = 1; each <= rounds; each++) {
    const figure = { relay: await round(relay, ports.relay), herald: await round(herald, ports.herald) };
    figures.push(figure);
    console.log(
      `round ${each}: relay ${figure.relay.toFixed(1)} µs, herald (net) ${figure.herald.toFixed(1)} µs, ` +
        `ratio ${(figure.herald / figure.relay).toFixed(3)}`,
    );
  }
  const ratios = figures.map((figure) => figure.herald / figure.relay);
  const [low, high] = medianInterval(ratios);
  console.log(
    `median of ${rounds} ratios ${median(ratios).toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}), ` +
      `target ${TARGET}: ${median(ratios) <= TARGET ? 'met' : 'missed'}`,
  );
} finally {
  for (const child of children) child.kill();
}
