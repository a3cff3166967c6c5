import test from 'ava';
import { inspectBytes } from '../../src/tools/inspect.ts';
import type { ParseOptions, ParseResult } from '../../src/wire/index.ts';
import { formatHeader, INVALID_CODES, parseHeader } from '../../src/wire/index.ts';
import type { Vector } from '../vectors/load-vectors.ts';
import { loadVectors } from '../vectors/load-vectors.ts';
import { describeHeader, factsOf } from './describe-header.ts';

const vectors = loadVectors();

/** The cap of `inspect`, so that a row means the same here and there. */
const NO_CAP: ParseOptions = { maxHeaderBytes: 65551 };

/** Rules 5 to 8, 10, 11, 15 and 44 are for sessions, senders and configuration: no bytes can show them. */
const RULES_OF_THE_WIRE = [1, 2, 3, 4, 9, 12, 13, 14, ...Array.from({ length: 28 }, (_, i) => 16 + i)];

function parse(vector: Vector, bytes: Uint8Array): ParseResult {
  return parseHeader(bytes, vector.options ?? NO_CAP);
}

function nameOf({ file, rule, title }: Vector): string {
  return `${file}, ${/^\d/.test(rule) ? `rule ${rule}` : rule}: ${title}`;
}

/** `status`, and what else a verdict has but the header itself. */
function verdictOf(result: ParseResult): object {
  return result.status === 'header' ? { status: 'header', length: result.length } : result;
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
      // As text, for the order of keys is part of what `inspect` promises.
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
    if (whole.status === 'header') t.is(decidedAt, length);
    else if (whole.status === 'incomplete') t.is(decidedAt, Number.POSITIVE_INFINITY);
    else if ('code' in whole && whole.code.startsWith('v1') && whole.at > 0) t.is(decidedAt, whole.at + 1);
    else t.true(decidedAt <= bytes.length);
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
