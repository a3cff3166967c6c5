import test from 'ava';
import type { HeaderVerdict } from '../../src/session/header-reader.ts';
import { feed, inWords, NOTHING, reader } from './header-reader-setup.ts';
import { concat, latin, v1, v2 } from './headers.ts';

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

test('of all first bytes only those of the two signatures are held back of a guarded client', (t) => {
  const waits: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const verdict = reader('guard').take(Uint8Array.of(byte));
    if (verdict.kind === 'more') waits.push(byte);
    else t.deepEqual(verdict, { kind: 'headerless', rest: Uint8Array.of(byte) });
  }
  t.deepEqual(waits, [0x0d, 0x50]);
});

/** The states in which a stream may end or a deadline pass: nothing was received, or a part of a header. */
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
  test(`a headerless client's beginning of a signature of ${version} is passed on after the time of the guard, and its last byte never`, (t) => {
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

  test(`a headerless client whose bytes only began like ${version} is not watched any more once that is known`, (t) => {
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

test('bytes of a required header are not held as those of a guarded client', (t) => {
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
