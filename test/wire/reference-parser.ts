import { isIPv4, isIPv6 } from 'node:net';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const PORT = '(0|[1-9][0-9]{0,4})';
const LINE = new RegExp(`^PROXY (?:(TCP[46]) ([^ ]+) ([^ ]+) ${PORT} ${PORT}|UNKNOWN(?: [^\\r\\n]*)?)\\r\\n`);

/**
 * The header that whole bytes begin with, in the shape of `factsOf` with its length, or undefined. Slow and plain, by
 * regular expression, node:net, and the URL parser: it is the oracle, so it shares nothing with the real one.
 */
export function referenceHeader(bytes: Uint8Array, maxBytes = 4096): object | undefined {
  const buffer = Buffer.from(bytes);
  return buffer.toString('hex', 0, 12) === SIGNATURE ? referenceV2(buffer, maxBytes) : referenceV1(buffer);
}

function referenceV1(buffer: Buffer): object | undefined {
  const match = LINE.exec(buffer.toString('latin1'));
  if (match === null || match[0].length > 107) return undefined;
  const [line, protocol, source = '', destination = '', sourcePort, destinationPort] = match;
  const common = { length: line.length, version: 1, command: 'PROXY', tlvs: [] };
  if (protocol === undefined) {
    return { ...common, family: 'UNSPEC', transport: 'UNSPEC', source: null, destination: null };
  }
  const isAddress = protocol === 'TCP4' ? isIPv4 : (text: string) => isIPv6(text) && !text.includes('%');
  if (!isAddress(source) || !isAddress(destination)) return undefined;
  if (Number(sourcePort) > 65535 || Number(destinationPort) > 65535) return undefined;
  return {
    ...common,
    family: protocol === 'TCP4' ? 'INET' : 'INET6',
    transport: 'STREAM',
    source: { address: canonical(source), port: Number(sourcePort) },
    destination: { address: canonical(destination), port: Number(destinationPort) },
  };
}

function referenceV2(buffer: Buffer, maxBytes: number): object | undefined {
  if (buffer.length < 16) return undefined;
  const length = 16 + buffer.readUInt16BE(14);
  if (buffer.length < length || length > maxBytes) return undefined;
  const isLocal = buffer[12] === 0x20;
  if (!isLocal && buffer[12] !== 0x21) return undefined;
  const family = isLocal ? 0 : Math.floor(buffer.readUInt8(13) / 16);
  const transport = isLocal ? 0 : buffer.readUInt8(13) % 16;
  const blockBytes = [0, 12, 36, 216][family];
  if (blockBytes === undefined || transport > 2 || 16 + blockBytes > length) return undefined;
  const header = buffer.subarray(0, length);
  const tlvs = referenceTlvs(header.subarray(16 + blockBytes));
  if (tlvs === undefined && !isLocal) return undefined;
  if (!isChecksumRight(header, tlvs ?? [], 16 + blockBytes)) return undefined;
  if (!isLocal && tlvs?.some(({ type, value }) => type === 5 && value.length > 128)) return undefined;
  const [source, destination] = transport === 0 ? [null, null] : referenceAddresses(header, family);
  return {
    length,
    version: 2,
    command: isLocal ? 'LOCAL' : 'PROXY',
    family: ['UNSPEC', 'INET', 'INET6', 'UNIX'][family],
    transport: ['UNSPEC', 'STREAM', 'DGRAM'][transport],
    source,
    destination,
    tlvs: (tlvs ?? [])
      .filter(({ type }) => type !== 3)
      .map(({ type, value }) => ({ type, value: value.toString('hex') })),
  };
}

interface ReferenceTlv {
  readonly type: number;
  readonly value: Buffer;
  readonly at: number;
}

function referenceTlvs(block: Buffer, at = 0): ReferenceTlv[] | undefined {
  if (block.length === 0) return [];
  if (block.length < 3 || block.length < 3 + block.readUInt16BE(1)) return undefined;
  const end = 3 + block.readUInt16BE(1);
  const rest = referenceTlvs(block.subarray(end), at + end);
  return rest && [{ type: block.readUInt8(0), value: block.subarray(3, end), at }, ...rest];
}

function isChecksumRight(header: Buffer, tlvs: readonly ReferenceTlv[], tlvAt: number): boolean {
  const sums = tlvs.filter(({ type }) => type === 3);
  const [sum] = sums;
  if (sum === undefined) return true;
  if (sums.length > 1 || sum.value.length !== 4) return false;
  const zeroed = Buffer.from(header).fill(0, tlvAt + sum.at + 3, tlvAt + sum.at + 7);
  return sum.value.readUInt32BE() === bitwiseCrc32c(zeroed);
}

function referenceAddresses(header: Buffer, family: number): readonly [unknown, unknown] {
  if (family === 0) return [null, null];
  if (family === 3) {
    const path = (at: number) => ({ path: header.toString('utf8', at, at + 108).split('\0')[0] });
    return [path(16), path(124)];
  }
  const size = family === 1 ? 4 : 16;
  const address = (at: number) => {
    const hex = header.toString('hex', at, at + size);
    const text =
      size === 4 ? [...header.subarray(at, at + 4)].join('.') : (hex.match(/.{4}/g) ?? []).join(':');
    return canonical(text);
  };
  return [
    { address: address(16), port: header.readUInt16BE(16 + 2 * size) },
    { address: address(16 + size), port: header.readUInt16BE(18 + 2 * size) },
  ];
}

/** RFC 5952 by the URL parser. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** RFC 3720 B.4, bit by bit. */
export function bitwiseCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
