// IPv4 as ASCII text in bytes, so that a v1 line is read and written without making strings.

const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Reads the dotted text at `at` that one space ends, four bytes into `out`. Returns the space's offset; `end`
 * where the bytes run out and all may still be well; `~i` where byte `i` can't be (PROXY protocol §2.1: four
 * decimals of 0..255, no leading zeros). What `out` holds is good only when the space was reached.
 */
export function scanIpv4(bytes: Uint8Array, at: number, end: number, out: Uint8Array, outAt: number): number {
  let octet = -1;
  let octets = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      // A digit behind a zero is a leading zero: octal to some, decimal to others.
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
