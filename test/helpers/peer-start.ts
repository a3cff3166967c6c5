import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Owner } from './peer-owner.ts';
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
export async function startPeer(owner: Owner, { ports: count, launch, isReady }: PeerParts): Promise<Peer> {
  for (let attempt = 1; ; attempt++) {
    const folder = await folderFor(owner);
    const ports = await unusedPorts(count);
    const process = await launch(ports, folder);
    owner.teardown(() => process.stop());
    try {
      await isReady(process, folder);
      return { process, ports, folder };
    } catch (error) {
      await process.stop('SIGKILL');
      if (attempt === ATTEMPTS || !/in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}

/** Tries until it works, a bounded number of times, and as long as the process that it depends on runs. */
export async function retry<T>(attempt: () => Promise<T>, process?: PeerProcess): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (process?.exit) throw new Error(`it ended at once: ${process.stderr.join('\n')}`);
      if (tried === TRIES) throw error;
    }
    await pause(TRY_EVERY_MS);
  }
}

/** A folder that teardown removes. Others may look inside: servers that root starts go on as somebody else. */
export async function folderFor(owner: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  // Again if a program that is about to end still writes there, as Chromium does.
  owner.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
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
