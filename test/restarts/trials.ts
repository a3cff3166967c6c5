import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Generations } from '../helpers/generations.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { childrenOf, descriptorsOf } from '../helpers/processes.ts';
import { residentBytes } from '../helpers/resident-bytes.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { type OpenLoop, type OpenLoopResult, startOpenLoop } from './open-loop.ts';
import { startPathEndpoint } from './path-endpoint.ts';

// What a take-over is tried with at length: by `prove.ts` for minutes, by the tests for seconds.

/** The engines that are tried, each with the flags that choose it. */
export const TRIED = {
  'epoll × 1': '--engine epoll --threads 1 --present none',
  'epoll × 4': '--engine epoll --threads 4 --present none',
  net: '--engine net --present none',
  http: '--present forwarded',
} as const;

const ENDPOINTS = 4;
const SCRAPES_A_SECOND = 20;

interface Edge {
  readonly herald: Generations;
  readonly port: number;
  readonly metricsPort: number;
}

async function startEdge(owner: Owner, flags: string): Promise<Edge> {
  const endpoints = await Promise.all(Array.from({ length: ENDPOINTS }, () => startPathEndpoint(owner)));
  const to = endpoints.map((port) => `127.0.0.1:${port}`).join(',');
  const [port, metricsPort, adminPort] = [await unusedPort(), await unusedPort(), await unusedPort()];
  const herald = await Generations.start(
    owner,
    `edge --listen 127.0.0.1:${port} --to ${to} --metrics 127.0.0.1:${metricsPort} --admin 127.0.0.1:${adminPort} --drain-timeout 30s ${flags}`,
  );
  return { herald, port, metricsPort };
}

export interface UnderLoadPlan {
  readonly flags: string;
  readonly rate: number;
  readonly takeOvers: number;
  /** Connections that are answered before each take-over, and after the last. */
  readonly between: number;
}

export interface UnderLoad {
  readonly clients: OpenLoopResult;
  /** Those that asked for /metrics meanwhile. */
  readonly scrapes: OpenLoopResult;
  /** From SIGUSR2 to the drain of the old process: the longest. */
  readonly takeOverMs: number;
  readonly complaints: readonly string[];
}

/** Take-overs one after the other, while clients and a scraper keep coming. */
export async function tryUnderLoad(owner: Owner, plan: UnderLoadPlan): Promise<UnderLoad> {
  const { herald, port, metricsPort } = await startEdge(owner, plan.flags);
  const to = (at: number) => ({ host: '127.0.0.1', port: at });
  const clients = startOpenLoop({ to: to(port), rate: plan.rate });
  const scrapes = startOpenLoop({ to: to(metricsPort), rate: SCRAPES_A_SECOND, path: '/metrics' });
  let takeOverMs = 0;
  for (let count = 0; count < plan.takeOvers; count++) {
    await clients.more(plan.between);
    const old = herald.pid;
    const began = performance.now();
    await herald.takeOver();
    takeOverMs = Math.max(takeOverMs, performance.now() - began);
    await herald.exitOf(old);
  }
  await clients.more(plan.between);
  const result = {
    clients: await clients.stop(),
    scrapes: await scrapes.stop(),
    takeOverMs,
    complaints: herald.complaints.map(({ msg }) => msg),
  };
  await herald.stop();
  return result;
}

/** What a process and its family hold. */
export interface Holdings {
  readonly descriptors: number;
  readonly sockets: number;
  /** Listening sockets at the listener's port, of whichever process. */
  readonly listening: number;
  /** Sockets of unix paths in its folder. */
  readonly unix: number;
  /** Processes of all generations, and children that nobody has waited for. */
  readonly processes: number;
  readonly residentBytes: number;
}

/** How often in a row it has to be the same: sessions that have ended close their sockets a moment later. */
const STEADY = 5;

async function settledHoldings(edge: Edge): Promise<Holdings> {
  let before = holdings(edge);
  for (let same = 0; same < STEADY; ) {
    await pause(20);
    const now = holdings(edge);
    same = now.descriptors === before.descriptors ? same + 1 : 0;
    before = now;
  }
  return before;
}

function holdings({ herald, port }: Edge): Holdings {
  const descriptors = descriptorsOf(herald.pid);
  const atPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const LISTEN = '0A';
  const rows = (table: string) => readFileSync(`/proc/net/${table}`, 'latin1').split('\n');
  return {
    descriptors: descriptors.length,
    sockets: descriptors.filter((each) => each.startsWith('socket:')).length,
    listening: rows('tcp').filter((row) => {
      const [, own, , state] = row.trim().split(/\s+/);
      return own?.endsWith(atPort) && state === LISTEN;
    }).length,
    unix: rows('unix').filter((row) => row.includes(herald.folder)).length,
    processes: herald.alive.length + childrenOf(herald.pid).length,
    residentBytes: residentBytes(herald.pid) ?? 0,
  };
}

/** Take-overs in a row, and what the family holds after the first of them and after the last. */
export async function tryInARow(
  owner: Owner,
  flags: string,
  takeOvers: number,
): Promise<{ readonly first: Holdings; readonly last: Holdings; readonly complaints: readonly string[] }> {
  const edge = await startEdge(owner, flags);
  const { herald, port } = edge;
  let first: Holdings | null = null;
  for (let count = 0; count < takeOvers; count++) {
    const old = herald.pid;
    await herald.takeOver();
    await herald.exitOf(old);
    await answersOnce(port);
    first ??= await settledHoldings(edge);
  }
  const last = await settledHoldings(edge);
  const complaints = herald.complaints.map(({ msg }) => msg);
  await herald.stop();
  return { first: first!, last, complaints };
}

async function answersOnce(port: number): Promise<void> {
  const client: OpenLoop = startOpenLoop({ to: { host: '127.0.0.1', port }, rate: 100 });
  await client.more(5);
  const { connections, answered } = await client.stop();
  if (answered < connections) throw new Error(`${answered} of ${connections} were answered`);
}

/** The old process has heard that the successor is ready, and has logged it. */
const SEEN_MS = 100;

/**
 * Successors that are killed at a random moment before they are ready, while clients keep coming. `ready` says how many were
 * ready by then: nobody would serve after these, so they are left alive.
 */
export async function tryKilled(
  owner: Owner,
  flags: string,
  { rate, times, withinMs }: { readonly rate: number; readonly times: number; readonly withinMs: number },
): Promise<{ readonly clients: OpenLoopResult; readonly ready: number }> {
  const { herald, port } = await startEdge(owner, flags);
  const clients = startOpenLoop({ to: { host: '127.0.0.1', port }, rate });
  const drains = () => herald.log.filter(({ msg }) => msg === 'draining').length;
  let ready = 0;
  for (let count = 0; count < times; count++) {
    const old = herald.pid;
    const drained = drains();
    herald.signal('SIGUSR2');
    const successor = await herald.successor(old);
    await pause(Math.random() * withinMs);
    if (drains() > drained) {
      ready++;
      herald.pids.push(successor);
      await herald.exitOf(old);
    } else {
      // Stopped first: it cannot become ready between the look and the kill. If it was ready already, nobody serves meanwhile.
      herald.signal('SIGSTOP', successor);
      await pause(SEEN_MS);
      if (drains() > drained) {
        herald.signal('SIGCONT', successor);
        ready++;
        herald.pids.push(successor);
        await herald.exitOf(old);
        continue;
      }
      herald.signal('SIGKILL', successor);
      await herald.program.logged(({ level }) => level === 'error', count + 1 - ready);
    }
  }
  const result = await clients.stop();
  await herald.stop();
  return { clients: result, ready };
}
