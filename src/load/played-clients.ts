import type { Cidr } from '../address/cidr.ts';

/** Who a connection is played by. */
export interface PlayedClient {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

const FIRST_PORT = 1024;
const PORTS = 65_536 - FIRST_PORT;
/** 2^48: of a larger range nobody would see the end. */
const MOST_HOSTS = 2 ** 48;

/**
 * One thread's share of the clients: from each range in turn the next address, so that a run meets as many as
 * the range has before one comes twice. Network and broadcast addresses of IPv4 are nobody's.
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
  const all = Math.min(2 ** (8 * cidr.ip.length - cidr.prefix), MOST_HOSTS);
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
