/**
 * 32 bits of any bytes: FNV-1a from a basis that `seed` has changed, then MurmurHash3's finalizer, so that
 * neighbours (10.0.0.1, 10.0.0.2) are far apart in every bit. Not secret: every Herald gets the same number.
 */
export function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
