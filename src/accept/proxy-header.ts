import { formatIp, parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { Command, Family, Header, Transport } from '../wire/header.ts';
import { destinationOf, sourceOf, type UnixAddress } from '../wire/header-address.ts';
import { parseSsl, type SslFacts } from '../wire/ssl.ts';
import { findTlv, readTlvs, TLV, tlvName } from '../wire/tlv.ts';
import { tlvText } from '../wire/tlv-text.ts';

/** One end of a connection, in the form of Node's sockets. A v4-mapped address is given as IPv4. */
export interface ProxyAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** One TLV of a header. `name` is that of the specification, or a vendor's if the value has its form; else null. */
export interface ProxyTlv {
  readonly type: number;
  readonly name: string | null;
  readonly value: Uint8Array;
}

/** What the header of a connection says (§2). Everything but `peer` is a claim of the sender. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `LOCAL`: the connection is the sender's own, such as a health check; there is no client behind it. */
  readonly command: Command;
  readonly family: Family;
  readonly transport: Transport;
  /**
   * The client, or null if the header names none (LOCAL, UNKNOWN, UNSPEC). A UNIX or DGRAM address appears here only;
   * the socket then keeps the connection's own addresses.
   */
  readonly source: ProxyAddress | UnixAddress | null;
  readonly destination: ProxyAddress | UnixAddress | null;
  /** In order and with duplicates. */
  readonly tlvs: readonly ProxyTlv[];
  /** The TLS connection between client and sender; `unreadable` if the TLV is malformed; null if there is none. */
  readonly ssl: SslFacts | 'unreadable' | null;
  /** Escaped text of the first TLV of this type, or null; so are the next four. */
  readonly alpn: string | null;
  readonly authority: string | null;
  /** `vpce-…`, the VPC endpoint of AWS PrivateLink. */
  readonly awsVpcEndpoint: string | null;
  /** The connection id of Google's Private Service Connect, in decimal. */
  readonly gcpPscConnection: string | null;
  /** The link id of Azure Private Link, in decimal. */
  readonly azurePrivateLink: string | null;
  readonly uniqueId: Uint8Array | null;
  /** The peer that sent the header, by the socket's own address. Null for a unix socket. */
  readonly peer: ProxyAddress | null;
}

/** Header → facts. TLVs are views of the header's bytes, so the caller must not reuse those. */
export function describeHeader(header: Header, peer: ProxyAddress | null): ProxyHeader {
  const tlvs = readTlvs(header);
  // A vendor's number may be used by somebody else, so TLVs without the vendor's form are skipped.
  const text = (type: number): string | null => {
    const found = tlvs.find((tlv) => tlv.type === type && tlvName(type, tlv.value) !== undefined);
    return (found && tlvText(type, found.value)) ?? null;
  };
  const ssl = findTlv(header, TLV.SSL);
  return {
    version: header.version,
    command: header.command,
    family: header.family,
    transport: header.transport,
    source: addressOf(sourceOf(header)),
    destination: addressOf(destinationOf(header)),
    tlvs: tlvs.map(({ type, value }) => ({ type, name: tlvName(type, value) ?? null, value })),
    ssl: ssl === undefined ? null : (parseSsl(ssl) ?? 'unreadable'),
    alpn: text(TLV.ALPN),
    authority: text(TLV.AUTHORITY),
    awsVpcEndpoint: text(TLV.AWS_VPC_ENDPOINT),
    gcpPscConnection: text(TLV.GCP_PSC_CONNECTION),
    azurePrivateLink: text(TLV.AZURE_PRIVATE_LINK),
    uniqueId: findTlv(header, TLV.UNIQUE_ID) ?? null,
    peer,
  };
}

/** 4 or 16 bytes and a port → the address in the form of Node's sockets. */
export function proxyAddress(bytes: Uint8Array, port: number): ProxyAddress {
  const ip = unmapped(bytes);
  return { address: formatIp(ip), port, family: ip.length === 4 ? 'IPv4' : 'IPv6' };
}

function addressOf(end: ReturnType<typeof sourceOf>): ProxyAddress | UnixAddress | null {
  if (end === null || 'path' in end) return end;
  const ip = parseIp(end.address);
  return ip === undefined ? null : proxyAddress(ip, end.port);
}
