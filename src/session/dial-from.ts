import type { Cidr } from '../address/cidr.ts';

/**
 * Picks the address to dial from: the configured ranges in turn, and a random address within a range. Only ranges of the endpoint's
 * family are used. Null if there is none; then the kernel chooses.
 */
export class DialFrom {
  readonly #v4: readonly Cidr[];
  readonly #v6: readonly Cidr[];
  readonly #random: () => number;
  /** Each family has its own turn. */
  #nextV4 = 0;
  #nextV6 = 0;

  constructor(ranges: readonly Cidr[], random: () => number) {
    this.#v4 = ranges.filter(({ ip }) => ip.length === 4);
    this.#v6 = ranges.filter(({ ip }) => ip.length === 16);
    this.#random = random;
  }

  /** `family` is the length of the endpoint's address, 4 or 16. */
  pick(family: number): Uint8Array | null {
    const choice = family === 4 ? this.#v4[this.#nextV4] : this.#v6[this.#nextV6];
    if (choice === undefined) return null;
    if (family === 4) this.#nextV4 = (this.#nextV4 + 1) % this.#v4.length;
    else this.#nextV6 = (this.#nextV6 + 1) % this.#v6.length;
    return anyOf(choice, this.#random);
  }
}

/** A random address of the range. */
function anyOf({ ip, prefix }: Cidr, random: () => number): Uint8Array {
  const address = Uint8Array.from(ip);
  for (let bit = prefix; bit < ip.length * 8; bit++) {
    if (random() < 0.5) address[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  return address;
}
