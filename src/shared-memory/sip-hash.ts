import { randomBytes } from 'node:crypto';

/**
 * A secret key: four words of 32 bits, the same for all workers of a process. In tests a number stands for a key.
 */
export type HashKey = number | readonly [number, number, number, number];

/** 128 random bits. */
export function createHashKey(): HashKey {
  const bytes = randomBytes(16);
  return [bytes.readInt32LE(0), bytes.readInt32LE(4), bytes.readInt32LE(8), bytes.readInt32LE(12)];
}

/** Words of a message: 4 of an address and one more. */
const MESSAGE_BYTES = 20;
/** SipHash-1-3: one round for each of the three blocks of 8 bytes, and three to finish. */
const BLOCKS = 3;
const ROUNDS = BLOCKS + 3;

/**
 * SipHash-1-3 (Aumasson, Bernstein, 2012) of five words of 32 bits; each word of 64 bits is a pair here. Without the key
 * nobody can find messages with the same hash and so fill one bucket of a table. A hash that is only seeded
 * with a secret does not prevent that: its collisions hold for every seed.
 */
export class SipHash {
  readonly #k0l: number;
  readonly #k0h: number;
  readonly #k1l: number;
  readonly #k1h: number;
  /** Two words a round; those of the last three stay 0. */
  readonly #message = new Int32Array(2 * ROUNDS);
  /** The upper half of the latest hash. */
  high = 0;

  constructor(key: HashKey) {
    const [k0l, k0h, k1l, k1h] = typeof key === 'number' ? [key, 0, 0, 0] : key;
    this.#k0l = k0l | 0;
    this.#k0h = k0h | 0;
    this.#k1l = k1l | 0;
    this.#k1h = k1h | 0;
    this.#message[2 * BLOCKS - 1] = MESSAGE_BYTES << 24;
  }

  /** The lower half of the hash; `high` is the upper one. */
  hash(w0: number, w1: number, w2: number, w3: number, w4: number): number {
    const message = this.#message;
    message[0] = w0;
    message[1] = w1;
    message[2] = w2;
    message[3] = w3;
    message[4] = w4;
    let v0l = this.#k0l ^ 0x70736575;
    let v0h = this.#k0h ^ 0x736f6d65;
    let v1l = this.#k1l ^ 0x6e646f6d;
    let v1h = this.#k1h ^ 0x646f7261;
    let v2l = this.#k0l ^ 0x6e657261;
    let v2h = this.#k0h ^ 0x6c796765;
    let v3l = this.#k1l ^ 0x79746573;
    let v3h = this.#k1h ^ 0x74656462;
    for (let round = 0; round < ROUNDS; round++) {
      const ml = message[2 * round]!;
      const mh = message[2 * round + 1]!;
      v3l ^= ml;
      v3h ^= mh;
      if (round === BLOCKS) v2l ^= 0xff;
      // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
      let low = (v0l + v1l) | 0;
      let high = (v0h + v1h + (low >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      let turned = ((v1l << 13) | (v1h >>> 19)) ^ low;
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ high;
      v1l = turned;
      v0l = high;
      v0h = low;
      // v2 += v3; v3 = rotl(v3, 16) ^ v2
      v2h = v2h + v3h;
      v2l = (v2l + v3l) | 0;
      v2h = (v2h + (v2l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      turned = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
      v3l = turned;
      // v0 += v3; v3 = rotl(v3, 21) ^ v0
      low = (v0l + v3l) | 0;
      high = (v0h + v3h + (low >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      v0l = low;
      v0h = high;
      turned = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h;
      v3l = turned;
      // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
      low = (v2l + v1l) | 0;
      high = (v2h + v1h + (low >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      turned = ((v1l << 17) | (v1h >>> 15)) ^ low;
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ high;
      v1l = turned;
      v2l = high;
      v2h = low;
      v0l ^= ml;
      v0h ^= mh;
    }
    this.high = v0h ^ v1h ^ v2h ^ v3h;
    return v0l ^ v1l ^ v2l ^ v3l;
  }
}
