import test from 'ava';
import type { ParseOptions } from '../../src/wire/index.ts';
import { parseHeader } from '../../src/wire/index.ts';
import { loadVectors } from '../vectors/load-vectors.ts';

const vectors = loadVectors();

/** Up to this many further bytes, every value is tried; beyond, and within a v2 block, a few representatives. */
const MAX_BRUTE_FORCE = 2;
const BLOCK_AT = 16;

/** Every row cut at every byte, each state once. */
function* statesOf(): Generator<{ bytes: Uint8Array; options: ParseOptions; need: number }> {
  const seen = new Set<string>();
  for (const { bytes, options = { maxHeaderBytes: 65551 } } of vectors) {
    for (let cut = 0; cut <= Math.min(bytes.length, 200); cut++) {
      const prefix = bytes.subarray(0, cut);
      const key = `${Buffer.from(prefix).toString('hex')} ${JSON.stringify(options)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const result = parseHeader(prefix, options);
      if (result.status === 'incomplete') yield { bytes: prefix, options, need: result.need };
    }
  }
}

const states = [...statesOf()];

function isDecided(bytes: Uint8Array, further: Uint8Array, options: ParseOptions): boolean {
  return parseHeader(Buffer.concat([bytes, further]), options).status !== 'incomplete';
}

/** Continuations of this length: all, or a few representatives. */
function* continuationsOf(length: number, at: number): Generator<Uint8Array> {
  if (length > MAX_BRUTE_FORCE || (length > 1 && at >= BLOCK_AT)) {
    for (const byte of [0, 1, 0x20, 0xff]) yield new Uint8Array(length).fill(byte);
    return;
  }
  for (let value = 0; value < 256 ** length; value++) {
    yield Uint8Array.from({ length }, (_, i) => (value >> (8 * i)) & 0xff);
  }
}

function canDecide(bytes: Uint8Array, need: number, options: ParseOptions): boolean {
  for (const further of [new Uint8Array(need), new Uint8Array(need).fill(0xff, 1)]) {
    if (isDecided(bytes, further, options)) return true;
  }
  for (const further of continuationsOf(need, bytes.length))
    if (isDecided(bytes, further, options)) return true;
  return false;
}

test('the test covers many parser states', (t) => {
  t.true(states.length > 1000);
  t.true(states.every(({ need }) => Number.isInteger(need) && need >= 1));
  t.deepEqual(
    [1, 2, 3].filter((need) => !states.some((state) => state.need === need)),
    [],
  );
});

test('fewer bytes than needed can never decide', (t) => {
  for (const { bytes, options, need } of states) {
    // Still fewer bytes cannot decide either: a result, once final, does not change (see vectors.test.ts).
    for (const further of need === 1 ? [] : continuationsOf(need - 1, bytes.length)) {
      if (!isDecided(bytes, further, options)) continue;
      t.fail(`${Buffer.from(bytes).toString('hex')} needs ${need}, decided by ${further.join()}`);
    }
  }
  t.pass();
});

test('as many bytes as needed can decide', (t) => {
  for (const { bytes, options, need } of states) {
    if (!canDecide(bytes, need, options)) {
      t.fail(`${Buffer.from(bytes).toString('hex')} needs ${need}, but so many can't decide`);
    }
  }
  t.pass();
});
