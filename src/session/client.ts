import { unmapped } from '../address/v4-mapped.ts';
import type { Header } from '../wire/header.ts';
import { parseSsl } from '../wire/ssl.ts';
import { findTlv, TLV } from '../wire/tlv.ts';

/** One end of a connection: 4 or 16 bytes and a port. Null stands for a unix socket. */
export interface Address {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** Who the client of a session is, and how we know. It has copies of its bytes, so that it keeps no buffer alive. */
export interface Client {
  readonly source: Address | null;
  readonly destination: Address | null;
  /** The received header says LOCAL, so the one that we send says so too. */
  readonly local: boolean;
  /** The version of the received header; 0: there was none. */
  readonly header: 0 | 1 | 2;
  /** The received header, if it has TLVs. */
  readonly facts: Header | null;
}

/** A client without a header: the connection's own addresses. */
export function headerlessClient(peer: Address | null, local: Address | null): Client {
  return { source: peer, destination: local, local: false, header: 0, facts: null };
}

/**
 * The client that a header names. The connection's own addresses are used if the header has none, or none that are usable
 * here: LOCAL (§2.2), UNKNOWN, UNSPEC, AF_UNIX and DGRAM (rule 30).
 */
export function clientOf(header: Header, peer: Address | null, local: Address | null): Client {
  const inet = header.family === 'INET' || header.family === 'INET6';
  const usable = header.addressAt >= 0 && inet && header.transport === 'STREAM';
  const { version, command, addressAt, addressLength: length } = header;
  const own = {
    local: command === 'LOCAL',
    header: version,
    facts: header.tlvEnd > header.tlvAt ? { ...header, bytes: copy(header.bytes, 0, header.tlvEnd) } : null,
  };
  if (!usable) return { source: peer, destination: local, ...own };
  const addresses = copy(header.bytes, addressAt, addressAt + 2 * length);
  return {
    source: { ip: unmapped(addresses.subarray(0, length)), port: header.sourcePort },
    destination: { ip: unmapped(addresses.subarray(length)), port: header.destinationPort },
    ...own,
  };
}

/** Copies. `slice` of a Buffer is a view, which would keep the whole chunk alive. */
function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** True if the header says that the client's connection to its sender used TLS (§2.2.6). */
export function cameByTls({ facts }: Client): boolean {
  const value = facts === null ? undefined : findTlv(facts, TLV.SSL);
  return value !== undefined && parseSsl(value)?.ssl === true;
}

/** The UNIQUE_ID of the received header, or undefined. */
export function uniqueIdOf(client: Client): Uint8Array | undefined {
  return client.facts === null ? undefined : findTlv(client.facts, TLV.UNIQUE_ID);
}
