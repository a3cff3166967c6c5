import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { ProxyTlv } from '../accept/proxy-header.ts';
import { proxyHeaderOf } from '../accept/proxy-header-of.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { UnixAddress } from '../wire/header-address.ts';
import { tlvText } from '../wire/tlv-text.ts';

export interface EchoAddress {
  readonly address: string;
  readonly port: number;
}

/** A TLV as `inspect` shows it: `name` if the type is known, `text` if the value is text. */
interface EchoTlv {
  readonly type: number;
  readonly name?: string;
  /** Lower-case hexadecimal. */
  readonly value: string;
  readonly text?: string;
}

/** The client that an endpoint saw; keys and their order are those of the manual. */
export interface EchoAnswer {
  /** The header's source if there is one, else the peer; null for the peer of a unix socket. */
  readonly client: EchoAddress | UnixAddress | null;
  readonly peer: EchoAddress | null;
  readonly header: 0 | 1 | 2;
  readonly tlvs: readonly EchoTlv[];
  readonly forwarded: string | null;
  readonly xForwardedFor: string | null;
}

/** The answer for a connection that `acceptProxyProtocol` has accepted, and for a request's headers. */
export function echoAnswer(socket: Socket, headers: IncomingHttpHeaders = {}): EchoAnswer {
  const facts = proxyHeaderOf(socket);
  const peer = facts === null ? addressOf(socket) : facts.peer && onlyAddress(facts.peer);
  const source = facts?.source ?? null;
  const xForwardedFor = headers['x-forwarded-for'];
  return {
    client: source === null ? peer : 'path' in source ? source : onlyAddress(source),
    peer,
    header: facts?.version ?? 0,
    tlvs: facts?.tlvs.map(describeTlv) ?? [],
    forwarded: headers.forwarded ?? null,
    xForwardedFor: Array.isArray(xForwardedFor) ? xForwardedFor.join(', ') : (xForwardedFor ?? null),
  };
}

/** The peer's own address. A listener of both families reports IPv4 peers v4-mapped; they are unmapped here. */
function addressOf({ remoteAddress, remotePort }: Socket): EchoAddress | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  const ip = parseIp(remoteAddress);
  return { address: ip === undefined ? remoteAddress : formatIp(unmapped(ip)), port: remotePort };
}

function onlyAddress({ address, port }: EchoAddress): EchoAddress {
  return { address, port };
}

function describeTlv({ type, name, value }: ProxyTlv): EchoTlv {
  const text = tlvText(type, value);
  return {
    type,
    ...(name === null ? {} : { name }),
    value: Buffer.from(value).toString('hex'),
    ...(text === undefined ? {} : { text }),
  };
}
