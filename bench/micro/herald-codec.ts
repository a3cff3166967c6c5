import { parseIp } from '../../src/address/ip.ts';
import { formatHeader, parseHeader, writeV1, writeV2 } from '../../src/wire/index.ts';
import type { Client } from './clients.ts';

/** Handles every client's header once, and returns a sum over the results, so that nothing is optimized away. */
export type Round = () => number;

export function roundOfWriteV2(clients: readonly Client[]): Round {
  const all = clients.map(toBytes);
  const target = Buffer.alloc(256);
  return () => {
    let sum = 0;
    for (let i = 0; i < all.length; i++) {
      const { source, sourcePort, destination, destinationPort } = all[i]!;
      const length = writeV2(target, 0, source, sourcePort, destination, destinationPort, 0);
      sum += length + target[16]! + target[length - 1]!;
    }
    return sum;
  };
}

export function roundOfWriteV1(clients: readonly Client[]): Round {
  const all = clients.map(toBytes);
  const target = Buffer.alloc(256);
  return () => {
    let sum = 0;
    for (let i = 0; i < all.length; i++) {
      const { source, sourcePort, destination, destinationPort } = all[i]!;
      const length = writeV1(target, 0, source, sourcePort, destination, destinationPort);
      sum += length + target[16]! + target[length - 3]!;
    }
    return sum;
  };
}

/** Parses, and reads what a proxy needs: the bytes of the address and both ports. */
export function roundOfParse(headers: readonly Uint8Array[]): Round {
  return () => {
    let sum = 0;
    for (let i = 0; i < headers.length; i++) {
      const result = parseHeader(headers[i]!);
      if (result.status !== 'header') throw new Error(`a header of the benchmark is ${result.status}`);
      const { header } = result;
      sum += header.sourcePort + header.destinationPort + header.bytes[header.addressAt + 3]! + result.length;
    }
    return sum;
  };
}

/** Headers as a socket delivers them: each a Buffer. */
export function headersOf(clients: readonly Client[], version: 1 | 2, withTlvs = false): Buffer[] {
  const tlvs = [
    { type: 0x02, value: 'www.example.com' },
    { type: 0xea, value: '\x01vpce-08d2bf15fac5001c9' },
  ];
  return clients.map((client) =>
    Buffer.from(formatHeader({ version, ...client, ...(withTlvs ? { tlvs, crc32c: true } : {}) })),
  );
}

function toBytes({ source, destination }: Client) {
  return {
    source: parseIp(source.address)!,
    sourcePort: source.port,
    destination: parseIp(destination.address)!,
    destinationPort: destination.port,
  };
}
