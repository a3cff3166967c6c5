import test from 'ava';
import fc from 'fast-check';
import { HeaderReader } from '../../src/session/header-reader.ts';
import { TLV } from '../../src/wire/tlv.ts';
import {
  CLIENT,
  expected,
  feed,
  NOTHING,
  PAYLOAD,
  ROWS,
  RULES,
  type Rule,
  reader,
  single,
} from './header-reader-setup.ts';
import { concat, latin, v1, v2 } from './headers.ts';

for (const row of ROWS) {
  const { name, bytes, acceptProxy = 'any', maxHeaderBytes } = row;
  // What a guarded client must not send, and what a listener is configured for, are two questions.
  const create = (rule: Rule) => reader(rule, acceptProxy, maxHeaderBytes);

  test(`${name} gets the same verdict whole, cut at any byte, and byte by byte`, (t) => {
    const whole = concat(bytes, PAYLOAD);
    for (const rule of RULES) {
      const words = expected(row, rule);
      const passes = words === 'headerless' || words.startsWith('header v');
      const rest = Buffer.from(words === 'headerless' ? whole : passes ? PAYLOAD : NOTHING).toString(
        'latin1',
      );
      t.deepEqual(feed(create(rule), [whole]), { words, rest }, rule);
      t.deepEqual(feed(create(rule), single(whole)), { words, rest }, rule);
      for (let cut = 1; cut < whole.length; cut++) {
        const pieces = [whole.subarray(0, cut), whole.subarray(cut)];
        t.deepEqual(feed(create(rule), pieces), { words, rest }, `${rule}, cut at ${cut}`);
      }
    }
  });
}

test('however a header and its payload are split, the verdict and the rest are the same', (t) => {
  const pieces = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.constantFrom(...ROWS), fc.constantFrom(...RULES), pieces, (row, rule, lengths) => {
      const whole = concat(row.bytes, PAYLOAD);
      const cut: Uint8Array[] = [];
      let at = 0;
      for (const length of lengths) {
        cut.push(whole.subarray(at, at + length));
        at += length;
      }
      cut.push(whole.subarray(at));
      const create = () => reader(rule, row.acceptProxy, row.maxHeaderBytes);
      t.deepEqual(feed(create(), cut), feed(create(), [whole]));
    }),
    { numRuns: 1000 },
  );
});

test('a header that comes alone has no rest, and without its last byte it is incomplete', (t) => {
  for (const bytes of [v1(), v2()]) {
    t.is(feed(reader('required'), [bytes.subarray(0, -1)]).words, 'more');
    t.like(reader('required').take(bytes), { kind: 'header', rest: NOTHING });
  }
});

test('a second header behind the first one is payload', (t) => {
  t.deepEqual(feed(reader('required'), [concat(v2(), v1())]), {
    words: `header v2 PROXY ${CLIENT}`,
    rest: Buffer.from(v1()).toString('latin1'),
  });
});

test('a first chunk that decides is not copied: header and rest are views of it', (t) => {
  const chunk = concat(v2(), PAYLOAD);
  const verdict = reader('required').take(chunk);
  if (verdict.kind !== 'header') throw new Error(verdict.kind);
  t.is(verdict.rest.buffer, chunk.buffer);
  t.is(verdict.header.bytes.buffer, chunk.buffer);
  const payload = reader('guard').take(PAYLOAD);
  if (payload.kind !== 'headerless') throw new Error(verdict.kind);
  t.is(payload.rest.buffer, PAYLOAD.buffer);
});

test('an empty chunk decides nothing, and the bytes after it are kept', (t) => {
  for (const rule of RULES) {
    t.is(feed(reader(rule), [NOTHING, NOTHING]).words, 'more');
    const pieces = [NOTHING, v2().subarray(0, 5), NOTHING, v2().subarray(5, 20), v2().subarray(20)];
    t.is(
      feed(reader(rule), pieces).words,
      rule === 'guard' ? 'plain_header' : `header v2 PROXY ${CLIENT}`,
      rule,
    );
  }
});

test('bytes is exactly what was received so far', (t) => {
  const of = reader('required');
  t.is(of.bytes.length, 0);
  for (const piece of ['PRO', 'XY TC', 'P4 ']) of.take(latin(piece));
  t.is(Buffer.from(of.bytes).toString(), 'PROXY TCP4 ');
});

test('single bytes are collected in a buffer that doubles: few copies, and at most twice the bytes received', (t) => {
  const header = v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(60_000) }] });
  const of = reader('required', 'any', 65_551);
  const rooms = new Map<ArrayBufferLike, number>();
  for (const byte of single(header).slice(0, -1)) {
    t.is(of.take(byte).kind, 'more');
    const { buffer, length } = of.bytes;
    rooms.set(buffer, buffer.byteLength);
    if (buffer.byteLength > Math.max(2 * length, 128))
      t.fail(`${buffer.byteLength} bytes of room for ${length}`);
  }
  t.true(rooms.size <= Math.ceil(Math.log2(header.length)));
  t.true([...rooms.values()].reduce((sum, bytes) => sum + bytes, 0) < 4 * header.length);
  t.is(of.take(header.subarray(-1)).kind, 'header');
});

test('a header that comes byte by byte is parsed only when another byte can decide', (t) => {
  let looks = 0;
  const plan = {
    acceptProxy: 'any' as const,
    get maxHeaderBytes() {
      looks++;
      return 65_551;
    },
  };
  const of = new HeaderReader(plan, 'required');
  const header = v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(1000) }] });
  const verdicts = single(header).map((byte) => of.take(byte).kind);
  t.is(verdicts.at(-1), 'header');
  // 16 bytes of fixed part one by one, and the end of the block.
  t.true(looks > 0 && looks <= 17, `${looks}`);
});

test('guards is true only for a reader that guards', (t) => {
  t.deepEqual(
    RULES.map((rule) => reader(rule).guards),
    [false, false, true],
  );
});
