import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { PeerProcess } from './peer-process.ts';

/** A server that a test runs beside Herald. */
export interface Peer {
  readonly process: PeerProcess;
  /** Those that it listens on, in the order in which its configuration was given them. */
  readonly ports: readonly number[];
  readonly folder: string;
}

export interface PeerParts {
  /** How many ports it needs. */
  readonly ports: number;
  /** Writes the configuration and starts it; `isReady` waits until it listens, and rejects where it ended. */
  readonly launch: (ports: readonly number[], folder: string) => Promise<PeerProcess>;
  readonly isReady: (process: PeerProcess, folder: string) => Promise<unknown>;
}

const ATTEMPTS = 5;
const TRIES = 400;
const TRY_EVERY_MS = 25;

/**
 * Starts a peer that has to be told its ports. One that was free a moment ago may be taken by then: it
 * is started again with others.
 */
export async function startPeer({ ports: count, launch, isReady }: PeerParts): Promise<Peer> {
  for (let attempt = 1; ; attempt++) {
    const folder = await temporaryFolder();
    const ports = await unusedPorts(count);
    const process = await launch(ports, folder);
    try {
      await isReady(process, folder);
      return { process, ports, folder };
    } catch (error) {
      await process.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      if (attempt === ATTEMPTS || !/in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}

export async function stopPeer({ process, folder }: Peer): Promise<void> {
  await process.stop();
  await rm(folder, { recursive: true, force: true });
}

/** One peer for all tests of a file: started when the first of them asks, stopped when all are done. */
export function sharedPeer(start: () => Promise<Peer>): () => Promise<Peer> {
  let started: Promise<Peer> | null = null;
  test.after.always(async () => {
    if (started !== null) await stopPeer(await started);
  });
  return () => {
    started ??= start();
    return started;
  };
}

/** Tries until it works, a bounded number of times. */
export async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === TRIES) throw error;
    }
    await pause(TRY_EVERY_MS);
  }
}

/** A folder that teardown removes. */
export async function folderFor(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder();
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Others may look inside: servers that are started by root go on as somebody else. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Different ports of 127.0.0.1 that nobody listens on. */
async function unusedPorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}
