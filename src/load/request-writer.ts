import {
  Command,
  INETProtocol,
  IPv4Address,
  IPv4ProxyAddress,
  IPv6Address,
  IPv6ProxyAddress,
  Peer,
  TransportProtocol,
  V1BinaryProxyProtocol,
  V2ProxyProtocol,
} from 'proxy-protocol-js';
import { formatIp } from '../address/ip.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import type { LoadEndpoint, LoadPlan } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** The byte of a ping. An answer of `herald echo` never begins with it. */
const PING_BYTE = 0x2e;

/**
 * Writes what a crowd sends into the output buffer of its sockets: the PROXY header of a client, then the request of
 * the plan. Both return the length of all that the buffer holds.
 */
export class RequestWriter {
  readonly #send: LoadPlan['send'];
  readonly #output: Buffer;
  readonly #request: Uint8Array;
  readonly #destination: PlayedClient;
  /** The buffer begins with the request: on a kept connection it need not be copied again. */
  #holdsRequest = false;

  constructor(plan: LoadPlan, endpoint: LoadEndpoint, output: Buffer) {
    this.#send = plan.send;
    this.#output = output;
    this.#request = createRequest(plan, endpoint);
    this.#destination = destinationOf(endpoint);
  }

  /** Puts the client's header at the start of the buffer; 0 if none is sent. */
  putHeader(client: PlayedClient | null): number {
    if (this.#send === 'none' || client === null) return 0;
    const header = writeHeader(this.#send, client, this.#destination);
    this.#output.set(header);
    this.#holdsRequest = false;
    return header.length;
  }

  /** Puts the request behind the first `at` bytes, those of the header. */
  putRequest(at: number): number {
    if (at > 0 || !this.#holdsRequest) this.#output.set(this.#request, at);
    this.#holdsRequest = at === 0;
    return at + this.#request.length;
  }
}

/** The bytes of one request; empty if the work sends none. */
function createRequest({ work, keep, payloadBytes }: LoadPlan, endpoint: LoadEndpoint): Uint8Array {
  if (work === 'ping') return new Uint8Array(payloadBytes).fill(PING_BYTE);
  if (work !== 'http') return new Uint8Array(0);
  const host = endpoint.kind === 'unix' ? 'localhost' : formatSocketAddress(endpoint.ip, endpoint.port);
  const connection = keep ? '' : 'Connection: close\r\n';
  return Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: herald-load\r\n${connection}\r\n`);
}

/** The destination that a header announces. A unix socket has no address: 127.0.0.1 and port 0 stand for it. */
function destinationOf(endpoint: LoadEndpoint): PlayedClient {
  if (endpoint.kind === 'tcp') return { ip: endpoint.ip, port: endpoint.port };
  return { ip: Uint8Array.of(127, 0, 0, 1), port: 0 };
}

/**
 * A PROXY header. The codec shares nothing with Herald's own, so a run never checks Herald's codec against itself.
 * A header has one family: if the addresses differ in family, both are written as IPv6, the IPv4 one v4-mapped.
 */
export function writeHeader(
  version: 'v1' | 'v2',
  source: PlayedClient,
  destination: PlayedClient,
): Uint8Array {
  const isV4 = source.ip.length === 4 && destination.ip.length === 4;
  const from = isV4 ? source.ip : wide(source.ip);
  const to = isV4 ? destination.ip : wide(destination.ip);
  if (version === 'v1') {
    const header = new V1BinaryProxyProtocol(
      isV4 ? INETProtocol.TCP4 : INETProtocol.TCP6,
      new Peer(formatIp(from), source.port),
      new Peer(formatIp(to), destination.port),
    );
    return new Uint8Array(header.build());
  }
  // The codec's types are tuples of 4 or 16 numbers; the compiler cannot infer these from a spread.
  const [f, t] = [[...from], [...to]] as [never, never];
  const address = isV4
    ? new IPv4ProxyAddress(
        IPv4Address.createFrom(f),
        source.port,
        IPv4Address.createFrom(t),
        destination.port,
      )
    : new IPv6ProxyAddress(
        IPv6Address.createFrom(f),
        source.port,
        IPv6Address.createFrom(t),
        destination.port,
      );
  return new V2ProxyProtocol(Command.PROXY, TransportProtocol.STREAM, address).build();
}

function wide(ip: Uint8Array): Uint8Array {
  return ip.length === 16 ? ip : Uint8Array.of(...MAPPED, ...ip);
}
