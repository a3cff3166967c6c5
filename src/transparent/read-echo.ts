import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';

/** Whom an echo saw. */
export interface SeenPeer {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
}

/** The longest answer that is read. An echo's own has some 300 bytes. */
export const MAX_ECHO_BYTES = 16 * 1024;

/**
 * The peer in the answer of `herald echo`, in HTTP or as its first line (`--raw`). null: not there yet, or something else answers.
 * Each line is tried, because whether HTTP or JSON comes is not known.
 */
export function readEcho(text: string): SeenPeer | null {
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    const seen = peerOf(line);
    if (seen !== null) return seen;
  }
  return null;
}

function peerOf(line: string): SeenPeer | null {
  try {
    const { peer } = JSON.parse(line) as { readonly peer?: { address?: unknown; port?: unknown } | null };
    const { address, port } = peer ?? {};
    if (typeof address !== 'string' || typeof port !== 'number') return null;
    const ip = parseIp(address);
    return ip === undefined ? null : { ip: unmapped(ip), port };
  } catch {
    // Half a line, or another program.
    return null;
  }
}
