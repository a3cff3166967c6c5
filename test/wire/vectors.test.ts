import test from 'ava';
import { inspectBytes } from '../../src/tools/inspect.ts';
import type { ParseOptions, ParseResult } from '../../src/wire/index.ts';
import { formatHeader, INVALID_CODES, parseHeader } from '../../src/wire/index.ts';
import type { Vector } from '../vectors/load-vectors.ts';
import { loadVectors } from '../vectors/load-vectors.ts';
import { describeHeader, factsOf } from './describe-header.ts';

const vectors = loadVectors();

/** The limit of `inspect`, so that a row means the same in both. */
const NO_CAP: ParseOptions = { maxHeaderBytes: 65551 };

const SIGNATURES = [Buffer.from('PROXY'), Buffer.from('0d0a0d0a000d0a515549540a', 'hex')];

/** Rules 5 to 8, 10, 11, 15 and 44 are for sessions, senders and configuration: no bytes can show them. */
const RULES_OF_THE_WIRE = [1, 2, 3, 4, 9, 12, 13, 14, ...Array.from({ length: 28 }, (_, i) => 16 + i)];

function parse(vector: Vector, bytes: Uint8Array): ParseResult {
  return parseHeader(bytes, vector.options ?? NO_CAP);
}

function nameOf({ file, rule, title }: Vector): string {
  return `${file}, ${/^\d/.test(rule) ? `rule ${rule}` : rule}: ${title}`;
}

/** Everything in a result but the header itself. */
function verdictOf(result: ParseResult): object {
  return result.status === 'header' ? { status: 'header', length: result.length } : result;
}

/** The number of bytes after which the result must be final: the first ones that allow only one result. */
function decidedWith(result: ParseResult, { bytes, options = NO_CAP }: Vector): number {
  if (result.status === 'header') return result.length;
  if (result.status === 'incomplete') return Number.POSITIVE_INFINITY;
  if (result.status === 'absent') {
    const begins = (length: number) =>
      SIGNATURES.some((it) => it.indexOf(Buffer.from(bytes.subarray(0, length))) === 0);
    return bytes.findIndex((_, i) => !begins(i + 1)) + 1;
  }
  switch (result.code) {
    case 'v2_not_expected':
      return 12;
    case 'v1_not_expected':
      return 5;
    case 'v2_too_large':
      return 16 + 256 * bytes[14]! > (options.maxHeaderBytes ?? 4096) ? 15 : 16;
    case 'v2_short_block':
      return 16;
    case 'v2_tlv_overrun':
    case 'v2_unique_id':
    case 'v2_crc32c':
      return 16 + 256 * bytes[14]! + bytes[15]!;
    default:
      return result.at + 1;
  }
}

test('every rule that concerns the wire has a vector', (t) => {
  const covered = new Set(vectors.map(({ rule }) => rule));
  t.deepEqual(
    RULES_OF_THE_WIRE.filter((rule) => !covered.has(String(rule))),
    [],
  );
});

test('every code of a refusal has a vector', (t) => {
  const codes = new Set(vectors.map(({ expect }) => expect.code));
  t.deepEqual(
    Object.keys(INVALID_CODES).filter((code) => !codes.has(code)),
    [],
  );
});

for (const vector of vectors) {
  const { bytes, expect, options } = vector;

  test(`${nameOf(vector)}: has its meaning`, (t) => {
    if (options === undefined) {
      // Compared as text, because `inspect` guarantees the order of keys.
      t.is(JSON.stringify(inspectBytes(bytes)), JSON.stringify(expect));
      return;
    }
    const result = parse(vector, bytes);
    t.like(result.status === 'header' ? { status: 'header' } : { ...result }, expect);
  });

  test(`${nameOf(vector)}: cut at every byte gives the same answer`, (t) => {
    const whole = parse(vector, bytes);
    const length = whole.status === 'header' ? whole.length : bytes.length;
    let decidedAt = Number.POSITIVE_INFINITY;
    let undecidedUntil = 0;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const result = parse(vector, bytes.subarray(0, cut));
      if (result.status === 'incomplete') {
        if (cut > decidedAt) t.fail(`decided with ${decidedAt} bytes, incomplete with ${cut}`);
        undecidedUntil = Math.max(undecidedUntil, cut + result.need);
        continue;
      }
      if (cut < undecidedUntil) t.fail(`${undecidedUntil} bytes were said to be needed, ${cut} decided`);
      decidedAt = Math.min(decidedAt, cut);
      if (whole.status === 'header' && cut < length) t.fail(`a prefix of ${cut} bytes is ${result.status}`);
      t.deepEqual(verdictOf(result), verdictOf(whole));
    }
    t.is(decidedAt, decidedWith(whole, vector));
  });

  if (expect.status === 'header') {
    test(`${nameOf(vector)}: is the same whatever follows`, (t) => {
      const result = parse(vector, bytes);
      if (result.status !== 'header') return t.fail();
      for (const payload of ['', '\n', '\r\n', 'PROXY UNKNOWN\r\n', '\x03\x00\x04\x00\x00\x00\x00']) {
        const other = parse(vector, Buffer.concat([bytes.subarray(0, result.length), Buffer.from(payload)]));
        if (other.status !== 'header') return t.fail(other.status);
        t.is(other.length, result.length);
        t.deepEqual(factsOf(other.header), factsOf(result.header));
      }
    });

    test(`${nameOf(vector)}: written again it says the same`, (t) => {
      const result = parse(vector, bytes);
      if (result.status !== 'header') return t.fail();
      const description = describeHeader(result.header);
      if (description === undefined) {
        t.false(vector.canonical);
        return;
      }
      const written = formatHeader(description);
      if (vector.canonical) t.deepEqual(written, new Uint8Array(bytes.subarray(0, result.length)));
      const again = parse(vector, written);
      if (again.status !== 'header') return t.fail(again.status);
      t.deepEqual(factsOf(again.header), factsOf(result.header));
    });
  }
}
