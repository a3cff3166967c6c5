import type { Header, HeaderDescription } from '../../src/wire/index.ts';
import { destinationOf, readTlvs, sourceOf, TLV } from '../../src/wire/index.ts';

/** The description that `formatHeader` turns into this header again; undefined where a sender can't write it. */
export function describeHeader(header: Header): HeaderDescription | undefined {
  const { version, command, family, transport } = header;
  const source = sourceOf(header);
  // UNSPEC in one nibble, and with addresses that are to be ignored: a receiver accepts it, a sender has no use for it.
  if (source === null && (family !== 'UNSPEC' || transport !== 'UNSPEC')) return undefined;
  const all = readTlvs(header);
  // LOCAL is accepted with one too long, for its block is skipped; none is ever sent.
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

/** What a header says, apart from where in its bytes it stands. */
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
