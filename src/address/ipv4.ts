// IPv4 as ASCII text in bytes, so that a v1 line is read and written without creating strings.

const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Reads the dotted decimal text that begins at `at` and ends with a space, and writes its four bytes to `out`. Returns
 * the offset of the space, or `end` if the bytes end before it and are valid so far, or `~i` if byte `i` is invalid
 * (PROXY protocol §2.1: four decimals of 0..255, no leading zeros). `out` is valid only if the space was found.
 */
export function scanIpv4(bytes: Uint8Array, at: number, end: number, out: Uint8Array, outAt: number): number {
  let octet = -1;
  let octets = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      // A digit after a zero makes it a leading zero, which some readers take as octal and others as decimal.
      if (octet === 0) return ~i;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return ~i;
      continue;
    }
    if (octet < 0) return ~i;
    out[outAt + octets] = octet;
    if (byte === SPACE && octets === 3) return i;
    if (byte !== DOT || octets === 3) return ~i;
    octets++;
    octet = -1;
  }
  return end;
}

/** Writes the 4 bytes of `ip` at `ipAt` as text; returns the number of bytes, at most 15. */
export function writeIpv4(target: Uint8Array, at: number, ip: Uint8Array, ipAt: number): number {
  let next = at;
  for (let i = 0; i < 4; i++) {
    if (i > 0) target[next++] = DOT;
    const octet = ip[ipAt + i] as number;
    if (octet >= 100) target[next++] = ZERO + ((octet / 100) | 0);
    if (octet >= 10) target[next++] = ZERO + (((octet / 10) | 0) % 10);
    target[next++] = ZERO + (octet % 10);
  }
  return next - at;
}
