import type { Header, HeaderDescription } from '../../src/wire/index.ts';
import { destinationOf, readTlvs, sourceOf, TLV } from '../../src/wire/index.ts';

/** The description that `formatHeader` turns into this header again; undefined if no sender can write it. */
export function describeHeader(header: Header): HeaderDescription | undefined {
  const { version, command, family, transport } = header;
  const source = sourceOf(header);
  // UNSPEC in one nibble only, with addresses that are ignored: a receiver accepts it, but Herald never sends it.
  if (source === null && (family !== 'UNSPEC' || transport !== 'UNSPEC')) return undefined;
  const all = readTlvs(header);
  // LOCAL with a block is accepted, because the block is skipped, but Herald never sends one.
  if (all.some(({ type, value }) => type === TLV.UNIQUE_ID && value.length > 128)) return undefined;
  const tlvs = all.filter(({ type }) => type !== TLV.CRC32C);
  return {
    version,
    command,
    source,
    destination: destinationOf(header),
    ...(transport === 'UNSPEC' ? {} : { transport }),
    tlvs,
    crc32c: tlvs.length < all.length,
  };
}

/** The content of a header, without the offsets of its parts. */
export function factsOf(header: Header): object {
  const { version, command, family, transport } = header;
  const tlvs = readTlvs(header).map(({ type, value }) => ({
    type,
    value: Buffer.from(value).toString('hex'),
  }));
  return {
    version,
    command,
    family,
    transport,
    source: sourceOf(header),
    destination: destinationOf(header),
    tlvs: tlvs.filter(({ type }) => type !== TLV.CRC32C),
  };
}
