import test from 'ava';
import fc from 'fast-check';
import type { AcceptProxy } from '../../src/plan/plan.ts';
import { HeaderReader, type HeaderVerdict } from '../../src/session/header-reader.ts';
import { sourceOf } from '../../src/wire/header-address.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { concat, latin, rawV2, SOURCE, v1, v2 } from './headers.ts';

type Rule = 'required' | 'optional' | 'guard';

const NOTHING = new Uint8Array(0);
const PAYLOAD = latin('GET / HTTP/1.1\r\n\r\n');

function reader(rule: Rule, acceptProxy: AcceptProxy = 'any', maxHeaderBytes = 4096): HeaderReader {
  return new HeaderReader({ acceptProxy, maxHeaderBytes }, rule);
}

/** A verdict in words, read at once: its bytes are views. */
function inWords(verdict: HeaderVerdict): string {
  switch (verdict.kind) {
    case 'more':
      return 'more';
    case 'header': {
      const { version, command } = verdict.header;
      return `header v${version} ${command} ${JSON.stringify(sourceOf(verdict.header))}`;
    }
    case 'headerless':
      return 'headerless';
    case 'refused':
      return verdict.detail === null ? verdict.reason : `${verdict.reason} (${verdict.detail})`;
  }
}

interface Outcome {
  readonly words: string;
  /** What goes on to the endpoint: the verdict's rest and all that was not read yet. */
  readonly rest: string;
}

/** Feeds pieces as an engine does that uses one buffer again for all that comes, until they decide. */
function feed(of: HeaderReader, pieces: readonly Uint8Array[]): Outcome {
  for (const [index, piece] of pieces.entries()) {
    const buffer = Buffer.from(piece);
    const verdict = of.take(buffer);
    if (verdict.kind !== 'more') {
      const rest = 'rest' in verdict ? verdict.rest : NOTHING;
      const all = concat(rest, ...(verdict.kind === 'refused' ? [] : pieces.slice(index + 1)));
      return { words: inWords(verdict), rest: Buffer.from(all).toString('latin1') };
    }
    buffer.fill(0xee);
  }
  return { words: 'more', rest: '' };
}

const single = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));

interface Row {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly trusted: string;
  /** Where an optional header is not what a required one is. */
  readonly optional?: string;
  readonly guard: string;
  readonly acceptProxy?: AcceptProxy;
  readonly maxHeaderBytes?: number;
}

const CLIENT = JSON.stringify(SOURCE);

const ROWS: readonly Row[] = [
  { name: 'a v1 line', bytes: v1(), trusted: `header v1 PROXY ${CLIENT}`, guard: 'plain_header' },
  { name: 'a v2 header', bytes: v2(), trusted: `header v2 PROXY ${CLIENT}`, guard: 'plain_header' },
  {
    name: 'a v2 header with TLVs',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }], crc32c: true }),
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'LOCAL',
    bytes: v2({ command: 'LOCAL' }),
    trusted: 'header v2 LOCAL null',
    guard: 'plain_header',
  },
  {
    name: 'UNKNOWN',
    bytes: latin('PROXY UNKNOWN\r\n'),
    trusted: 'header v1 PROXY null',
    guard: 'plain_header',
  },
  {
    name: 'another protocol',
    bytes: PAYLOAD,
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'another protocol that begins like v1',
    bytes: latin('PROPFIND / HTTP/1.1\r\n\r\n'),
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'another protocol that begins like v2',
    bytes: latin('\r\n\r\nGET / HTTP/1.1\r\n\r\n'),
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'a v1 line with a wrong port',
    bytes: latin('PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n'),
    trusted: 'header_invalid (v1_port)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header of a family that is not assigned',
    bytes: rawV2(0x21, 0x41, new Uint8Array(12)),
    trusted: 'header_invalid (v2_family)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header over the cap',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }] }),
    maxHeaderBytes: 16 + 12 + 3 + 199,
    trusted: 'header_too_large (v2_too_large)',
    guard: 'plain_header',
  },
  {
    name: 'a v1 line where only v2 is expected',
    bytes: v1(),
    acceptProxy: 'v2',
    trusted: 'header_not_expected (v1_not_expected)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header where only v1 is expected',
    bytes: v2(),
    acceptProxy: 'v1',
    trusted: 'header_not_expected (v2_not_expected)',
    guard: 'plain_header',
  },
  {
    name: 'a v1 line where only v1 is expected',
    bytes: v1(),
    acceptProxy: 'v1',
    trusted: `header v1 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'a v2 header where only v2 is expected',
    bytes: v2(),
    acceptProxy: 'v2',
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'a v2 header just within the cap',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }] }),
    maxHeaderBytes: 16 + 12 + 3 + 200,
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
];

const RULES: readonly Rule[] = ['required', 'optional', 'guard'];

function expected(row: Row, rule: Rule): string {
  if (rule === 'guard') return row.guard;
  return rule === 'optional' ? (row.optional ?? row.trusted) : row.trusted;
}

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

test('in whatever pieces a header and its payload come, the verdict and the rest are those of the whole', (t) => {
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

test('a header that comes alone has nothing behind it, and without its last byte it is none', (t) => {
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

test('a chunk that decides alone is not copied: header and rest are views of it', (t) => {
  const chunk = concat(v2(), PAYLOAD);
  const verdict = reader('required').take(chunk);
  if (verdict.kind !== 'header') throw new Error(verdict.kind);
  t.is(verdict.rest.buffer, chunk.buffer);
  t.is(verdict.header.bytes.buffer, chunk.buffer);
  const payload = reader('guard').take(PAYLOAD);
  if (payload.kind !== 'headerless') throw new Error(verdict.kind);
  t.is(payload.rest.buffer, PAYLOAD.buffer);
});

test('an empty chunk decides nothing, and what comes behind it is kept as well', (t) => {
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

test('what has come so far is shown, and only that', (t) => {
  const of = reader('required');
  t.is(of.bytes.length, 0);
  for (const piece of ['PRO', 'XY TC', 'P4 ']) of.take(latin(piece));
  t.is(Buffer.from(of.bytes).toString(), 'PROXY TCP4 ');
});

test('drips cost room that doubles: few copies, and never more than twice what came', (t) => {
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

test('a header that drips is looked at only when another byte can decide', (t) => {
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

const SIGNATURES = [latin('PROXY'), latin('\r\n\r\n\0\r\nQUIT\n')];

for (const [index, signature] of SIGNATURES.entries()) {
  test(`a guarded client may begin like a v${index + 1} header, until its signature is whole`, (t) => {
    for (let length = 1; length < signature.length; length++) {
      const prefix = signature.subarray(0, length);
      t.deepEqual(reader('guard').take(prefix), { kind: 'more' }, `${length}`);
      // Any byte but the next one of the signature makes it headerless, with all its bytes.
      for (let byte = 0; byte < 256; byte++) {
        if (byte === signature[length]) continue;
        const bytes = concat(prefix, Uint8Array.of(byte));
        t.deepEqual(
          feed(reader('guard'), [prefix, Uint8Array.of(byte)]),
          { words: 'headerless', rest: Buffer.from(bytes).toString('latin1') },
          `${length} and then ${byte}`,
        );
      }
    }
    const refused = { kind: 'refused', reason: 'plain_header', detail: null } as const;
    t.deepEqual(reader('guard').take(signature), refused);
    t.deepEqual(reader('guard').take(concat(signature, latin('no header at all'))), refused);
  });
}

test('of all first bytes only those of the two signatures keep a guarded client waiting', (t) => {
  const waits: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const verdict = reader('guard').take(Uint8Array.of(byte));
    if (verdict.kind === 'more') waits.push(byte);
    else t.deepEqual(verdict, { kind: 'headerless', rest: Uint8Array.of(byte) });
  }
  t.deepEqual(waits, [0x0d, 0x50]);
});

test('only a reader that guards says so', (t) => {
  t.deepEqual(
    RULES.map((rule) => reader(rule).guards),
    [false, false, true],
  );
});

/** The states in which a stream may end or a deadline pass: nothing came, or a part of a header. */
const STATES = [
  { name: 'nothing', bytes: NOTHING },
  { name: 'one byte that may begin v1', bytes: latin('P') },
  { name: 'a v1 line without its end', bytes: v1().subarray(0, -1) },
  { name: 'a part of the v2 signature', bytes: v2().subarray(0, 11) },
  { name: 'a v2 header without its block', bytes: v2().subarray(0, 16) },
] as const;

for (const { name, bytes } of STATES) {
  const silent = bytes.length === 0;
  const mayWait = bytes.length < 5 || bytes.length === 11;

  test(`the stream ends after ${name}: a trusted peer was a probe or is refused`, (t) => {
    for (const rule of ['required', 'optional'] as const) {
      const of = reader(rule);
      if (!silent) of.take(bytes);
      t.is(inWords(of.end()), silent ? 'probe' : 'header_incomplete', rule);
    }
  });

  test(`the deadline passes after ${name}: only silence is headerless, and only where a header is optional`, (t) => {
    for (const rule of ['required', 'optional'] as const) {
      const of = reader(rule);
      if (!silent) of.take(bytes);
      const verdict = of.timeout();
      t.is(inWords(verdict), silent && rule === 'optional' ? 'headerless' : 'header_timeout', rule);
      if (verdict.kind === 'headerless') t.is(verdict.rest.length, 0);
    }
  });

  if (!mayWait) continue;
  test(`a guarded client that ends its stream after ${name} is headerless with all it sent`, (t) => {
    const of = reader('guard');
    if (!silent) t.is(of.take(bytes).kind, 'more');
    t.deepEqual(of.end(), { kind: 'headerless', rest: bytes });
  });
}

const BY_VERSION = { v1: latin('PROXY'), v2: latin('\r\n\r\n\0\r\nQUIT\n') };

for (const [version, signature] of Object.entries(BY_VERSION)) {
  test(`a headerless client's beginning of a signature of ${version} goes on when it is time, and its last byte never`, (t) => {
    for (let length = 1; length < signature.length; length++) {
      const of = reader('guard');
      t.is(of.take(signature.subarray(0, length)).kind, 'more');
      t.is(of.held, length);
      const first = of.timeout();
      t.like(first, { kind: 'headerless', watched: true });
      t.is(restOf(first), text(signature.subarray(0, length)));
      t.is(of.held, 0);
      // What follows waits for nothing, as long as it may still be one.
      for (let at = length; at < signature.length - 1; at++) {
        const next = of.take(signature.subarray(at, at + 1));
        t.like(next, { kind: 'headerless', watched: true });
        t.is(restOf(next), text(signature.subarray(at, at + 1)));
      }
      t.is(inWords(of.take(signature.subarray(-1))), 'plain_header');
      t.is(text(of.bytes), text(signature));
    }
  });

  test(`a headerless client whose bytes only began like ${version} is watched no longer once that is known`, (t) => {
    const of = reader('guard');
    of.take(signature.subarray(0, 2));
    of.timeout();
    const verdict = of.take(latin('hello'));
    t.deepEqual([verdict.kind, 'watched' in verdict, restOf(verdict)], ['headerless', false, 'hello']);
    const ended = reader('guard');
    ended.take(signature.subarray(0, 2));
    ended.timeout();
    t.is(restOf(ended.end()), '');
    const held = reader('guard');
    held.take(signature.subarray(0, 2));
    t.is(restOf(held.end()), text(signature.subarray(0, 2)));
  });
}

test("nothing of a header that has to come is held as a headerless client's", (t) => {
  for (const rule of ['required', 'optional'] as const) {
    const of = reader(rule);
    of.take(latin('PRO'));
    t.is(of.held, 0);
  }
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function restOf(verdict: HeaderVerdict): string {
  return 'rest' in verdict ? text(verdict.rest) : 'nothing';
}
