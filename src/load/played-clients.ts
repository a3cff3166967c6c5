import type { Cidr } from '../address/cidr.ts';
import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';

/** The client that a connection plays. */
export interface PlayedClient {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

const FIRST_PORT = 1024;
const PORTS = 65_536 - FIRST_PORT;
/** No run is long enough to use up this many addresses of a larger range. */
const MAX_HOSTS = 2 ** 48;

/**
 * One thread's share of the clients: the next address of each range in turn, so that every address of a range is used
 * before one repeats. The network and broadcast addresses of IPv4 ranges are skipped.
 */
export function createClients(ranges: readonly Cidr[], thread: number, threads: number): () => PlayedClient {
  const rows = ranges.map(hostsOf);
  let number = thread;
  return () => {
    const { cidr, first, count } = rows[number % rows.length]!;
    const host = first + (Math.floor(number / rows.length) % count);
    const client = { ip: addressAt(cidr, host), port: FIRST_PORT + (number % PORTS) };
    number += threads;
    return client;
  };
}

function hostsOf(cidr: Cidr): { readonly cidr: Cidr; readonly first: number; readonly count: number } {
  const all = Math.min(2 ** (8 * cidr.ip.length - cidr.prefix), MAX_HOSTS);
  const named = cidr.ip.length === 4 && all >= 4;
  return named ? { cidr, first: 1, count: all - 2 } : { cidr, first: 0, count: all };
}

function addressAt({ ip }: Cidr, host: number): Uint8Array {
  const address = ip.slice();
  let rest = host;
  for (let at = ip.length - 1; rest > 0; at--) {
    address[at] = ip[at]! | (rest % 256);
    rest = Math.floor(rest / 256);
  }
  return address;
}

/** Whom an answer names: the client itself, somebody else, or nobody. */
export type Sight = 'right' | 'wrong' | 'unknown';

/** Whether the answer of `herald echo` names this client; `unknown` if it is no such answer. */
export function sawClient(answer: string, { ip, port }: PlayedClient): Sight {
  let client: { readonly address?: unknown; readonly port?: unknown } | null | undefined;
  try {
    client = JSON.parse(answer)?.client;
  } catch {
    return 'unknown';
  }
  if (client === undefined) return 'unknown';
  if (client?.port !== port || typeof client.address !== 'string') return 'wrong';
  const seen = parseIp(client.address);
  return seen !== undefined && Buffer.compare(unmapped(seen), unmapped(ip)) === 0 ? 'right' : 'wrong';
}
