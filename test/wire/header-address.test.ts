import test from 'ava';
import fc from 'fast-check';
import { destinationOf, sourceOf } from '../../src/wire/header-address.ts';
import { parseHeader } from '../../src/wire/index.ts';

/** A UNIX header whose paths are these bytes, padded with NULs. */
function unixHeader(source: Uint8Array, destination: Uint8Array): Buffer {
  const bytes = Buffer.alloc(232);
  bytes.set(Buffer.from('0d0a0d0a000d0a515549540a213100d8', 'hex'));
  bytes.set(source, 16);
  bytes.set(destination, 124);
  return bytes;
}

function pathsOf(source: Uint8Array, destination: Uint8Array): unknown[] {
  const result = parseHeader(unixHeader(source, destination));
  return result.status === 'header' ? [sourceOf(result.header), destinationOf(result.header)] : [result];
}

test('a path goes up to its first NUL, or to its 108th byte', (t) => {
  const full = Buffer.alloc(108, 'f');
  t.deepEqual(pathsOf(Buffer.from('/a\0b'), full), [{ path: '/a' }, { path: 'f'.repeat(108) }]);
  t.deepEqual(pathsOf(full, Buffer.from('/d')), [{ path: 'f'.repeat(108) }, { path: '/d' }]);
  t.deepEqual(pathsOf(Buffer.from('\0abstract'), new Uint8Array(0)), [{ path: '' }, { path: '' }]);
});

test('a path of any bytes becomes text', (t) => {
  t.deepEqual(pathsOf(Buffer.from('2fff', 'hex'), Buffer.from('/\u00e9')), [
    { path: '/\ufffd' },
    { path: '/\u00e9' },
  ]);
  const path = fc.uint8Array({ maxLength: 108 });
  fc.assert(
    fc.property(path, path, (source, destination) => {
      for (const address of pathsOf(source, destination))
        t.is(typeof (address as { path: string }).path, 'string');
    }),
  );
});

test("both addresses are null where the connection's own are to be used", (t) => {
  for (const hex of [
    '0d0a0d0a000d0a515549540a20000000',
    '0d0a0d0a000d0a515549540a21000000',
    '50524f585920554e4b4e4f574e0d0a',
  ]) {
    const result = parseHeader(Buffer.from(hex, 'hex'));
    if (result.status !== 'header') return t.fail(result.status);
    t.is(sourceOf(result.header), null);
    t.is(destinationOf(result.header), null);
  }
  return undefined;
});
