/** Whether the 16 bytes at `at` are `::ffff:0:0/96` (RFC 4291 §2.5.5.2): an IPv4 address in IPv6 clothes. */
export function isV4Mapped(bytes: Uint8Array, at = 0): boolean {
  if (bytes[at + 10] !== 0xff || bytes[at + 11] !== 0xff || bytes.length - at < 16) return false;
  for (let i = at; i < at + 10; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** A 4-byte view of a v4-mapped address of 16 bytes; any other address as it came. */
export function unmapped(ip: Uint8Array): Uint8Array {
  return ip.length === 16 && isV4Mapped(ip) ? ip.subarray(12) : ip;
}
