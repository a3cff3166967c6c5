import type { ListenerOptions } from './config.ts';

const TLV_HEAD = 3;
/** 52 = 16 + 36: a header of version 2 between IPv6 addresses, without TLVs (§2.2). */
const V2_BYTES = 52;
/** §2.2.5: at most 128 bytes. */
const FOREIGN_ID = 128;
/** Herald's own ids: 12 digits for the process, `-`, a number in base 36. */
const OWN_ID = 32;

/** Most bytes that configured TLVs can take, without TLVs that are passed on. */
export function tlvBytes(options: Partial<ListenerOptions>): number {
  const { tlv, crc32c, uniqueId, acceptProxy } = options;
  const added = tlv?.add.reduce((sum, { value }) => sum + TLV_HEAD + value.length, 0) ?? 0;
  // An incoming id is passed on instead of Herald's own.
  const id = uniqueId ? TLV_HEAD + (acceptProxy === 'none' ? OWN_ID : FOREIGN_ID) : 0;
  return added + id + (crc32c ? TLV_HEAD + 4 : 0);
}

/** Longest header that a listener can send; infinite if incoming TLVs are passed on. */
export function mostHeaderBytes(options: ListenerOptions): number {
  const { present, tlv, acceptProxy } = options;
  if (present !== 'v2') return 0;
  const passes =
    acceptProxy !== 'none' && acceptProxy !== 'v1' && (tlv.pass === 'all' || tlv.pass.length > 0);
  return passes ? Number.POSITIVE_INFINITY : V2_BYTES + tlvBytes(options);
}
