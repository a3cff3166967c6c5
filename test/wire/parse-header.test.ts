import test from 'ava';
import fc from 'fast-check';
import { parseHeader } from '../../src/wire/parse-header.ts';
import { arbitraryBytes, arbitraryHeader } from './arbitrary-header.ts';
import { factsOf } from './describe-header.ts';
import { referenceHeader } from './reference-parser.ts';

const RUNS = { numRuns: 5000 };

test('an implementation that shares nothing with it finds the same headers', (t) => {
  let headers = 0;
  fc.assert(
    fc.property(arbitraryBytes, (bytes) => {
      const result = parseHeader(bytes);
      const expected = referenceHeader(bytes);
      t.is(result.status === 'header', expected !== undefined);
      if (result.status !== 'header') return;
      headers++;
      t.deepEqual<object | undefined, object | undefined>(
        { length: result.length, ...factsOf(result.header) },
        expected,
      );
    }),
    RUNS,
  );
  t.true(headers > RUNS.numRuns / 10);
});

test('it never throws, and answers with one of four outcomes', (t) => {
  fc.assert(
    fc.property(arbitraryBytes, fc.constantFrom('any', 'v1', 'v2'), fc.nat(70000), (bytes, expect, cap) => {
      const result = parseHeader(bytes, { expect, maxHeaderBytes: cap });
      if (result.status === 'incomplete') return result.need >= 1;
      if (result.status === 'invalid') return result.at <= bytes.length && result.code.length > 3;
      if (result.status === 'header') return result.length <= bytes.length;
      return result.status === 'absent';
    }),
    RUNS,
  );
  t.pass();
});

test('bytes that come in pieces get the answer of the whole', (t) => {
  fc.assert(
    fc.property(arbitraryBytes, fc.array(fc.integer({ min: 1, max: 64 })), (bytes, pieces) => {
      const whole = parseHeader(bytes);
      let have = 0;
      for (const piece of [...pieces, bytes.length]) {
        have = Math.min(bytes.length, have + piece);
        const result = parseHeader(bytes.subarray(0, have));
        if (result.status === 'incomplete') continue;
        if (result.status !== whole.status) return t.fail(`${result.status}, ${whole.status}`);
        if (result.status === 'invalid') t.deepEqual<object, object>(result, whole);
        if (result.status === 'header' && whole.status === 'header') {
          t.is(result.length, whole.length);
          t.deepEqual(factsOf(result.header), factsOf(whole.header));
        }
        return;
      }
      return t.is(whole.status, 'incomplete');
    }),
    RUNS,
  );
});

test('a proper prefix of a valid header is incomplete, and needs no more than the rest', (t) => {
  fc.assert(
    fc.property(arbitraryHeader, (bytes) => {
      for (let cut = 0; cut < bytes.length; cut++) {
        const result = parseHeader(bytes.subarray(0, cut), { maxHeaderBytes: 65551 });
        if (result.status !== 'incomplete') return t.fail(`${cut} bytes: ${result.status}`);
        if (cut + result.need > bytes.length) return t.fail(`${cut} bytes: ${result.need} needed`);
      }
      return t.is(parseHeader(bytes, { maxHeaderBytes: 65551 }).status, 'header');
    }),
    { numRuns: 500 },
  );
});

test('the input is neither written to nor copied', (t) => {
  fc.assert(
    fc.property(arbitraryHeader, (bytes) => {
      const before = Buffer.from(bytes);
      const result = parseHeader(bytes, { maxHeaderBytes: 65551 });
      t.true(before.equals(bytes));
      t.true(result.status === 'header' && (result.header.version === 1 || result.header.bytes === bytes));
    }),
    { numRuns: 500 },
  );
});

test('bytes that are a view into a larger buffer are read from where they begin', (t) => {
  fc.assert(
    fc.property(arbitraryHeader, fc.nat(20), (bytes, shift) => {
      const larger = Buffer.concat([Buffer.alloc(shift, 0x50), bytes, Buffer.alloc(9, 0x0a)]);
      const view = parseHeader(larger.subarray(shift), { maxHeaderBytes: 65551 });
      const alone = parseHeader(bytes, { maxHeaderBytes: 65551 });
      if (view.status !== 'header' || alone.status !== 'header') return t.fail();
      t.is(view.length, alone.length);
      return t.deepEqual(factsOf(view.header), factsOf(alone.header));
    }),
    { numRuns: 500 },
  );
});

test('a cap that is no number refuses every v2 header', (t) => {
  const bytes = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
  t.like(parseHeader(bytes, { maxHeaderBytes: Number.NaN }), { status: 'invalid', code: 'v2_too_large' });
  t.is(parseHeader(bytes, { maxHeaderBytes: 16 }).status, 'header');
});
