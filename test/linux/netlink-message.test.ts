import test from 'ava';
import fc from 'fast-check';
import {
  type Attribute,
  formatRequest,
  parseAttributeList,
  parseAttributes,
  parseMessages,
  readWord,
  word,
} from '../../src/linux/netlink-message.ts';

const HEADER = Uint8Array.of(2, 0, 8, 0);

test('a request is a header of 16 bytes, a fixed part, and attributes at multiples of 4', (t) => {
  const bytes = formatRequest({
    type: 32,
    flags: 0x605,
    sequence: 7,
    header: HEADER,
    attributes: [
      [3, Uint8Array.of(0x6c, 0x6f, 0)],
      [15, word(123)],
    ],
  });
  t.deepEqual(
    [...bytes],
    [
      ...[36, 0, 0, 0, 32, 0, 0x05, 0x06, 7, 0, 0, 0, 0, 0, 0, 0],
      ...HEADER,
      // Its length is 7, and a byte of padding follows.
      ...[7, 0, 3, 0, 0x6c, 0x6f, 0, 0],
      ...[8, 0, 15, 0, 123, 0, 0, 0],
    ],
  );
});

const attributes = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })),
  { selector: ([type]) => type, maxLength: 8 },
);

test('what is formatted is parsed again, several messages in one datagram', (t) => {
  fc.assert(
    fc.property(fc.array(attributes, { minLength: 1, maxLength: 4 }), (lists) => {
      const datagram = Buffer.concat(
        lists.map((list, sequence) =>
          padded(
            formatRequest({ type: 9, flags: 2, sequence, header: HEADER, attributes: list as Attribute[] }),
          ),
        ),
      );
      const messages = parseMessages(datagram);
      t.is(messages.length, lists.length);
      for (const [at, { type, flags, sequence, body }] of messages.entries()) {
        t.deepEqual([type, flags, sequence], [9, 2, at]);
        t.deepEqual(body.subarray(0, 4), HEADER);
        const found = parseAttributes(body, 4);
        t.deepEqual(
          [...found].map(([kind, value]) => [kind, [...value]]),
          lists[at]!.map(([kind, value]) => [kind, [...value]]),
        );
      }
    }),
  );
});

test('nothing that comes makes it throw, or read beyond the end', (t) => {
  t.deepEqual(parseMessages(new Uint8Array(0)), []);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const { body } of parseMessages(bytes)) {
        t.true(body.length <= bytes.length - 16);
        for (const value of parseAttributes(body, 12).values()) t.true(value.length <= body.length - 4);
      }
    }),
  );
});

test('flags of an attribute are no part of its type', (t) => {
  const nested = Uint8Array.of(8, 0, 1, 0x80, 1, 2, 3, 4);
  t.deepEqual([...parseAttributes(nested, 0).keys()], [1]);
});

test('a number has 32 bits, and a shorter value is none', (t) => {
  for (const number of [0, 1, 255, 256, 0x7fffffff, 0xffffffff]) t.is(readWord(word(number)), number);
  t.is(readWord(undefined), undefined);
  t.is(readWord(Uint8Array.of(1, 2, 3)), undefined);
});

test('attributes within an attribute have its flag, and are parsed from its value', (t) => {
  const { body } = parseMessages(
    formatRequest({
      type: 9,
      flags: 0,
      sequence: 1,
      header: HEADER,
      attributes: [
        [
          4,
          [
            [1, Uint8Array.of(5)],
            [2, [[3, word(7)]]],
          ],
        ],
        [5, word(8)],
      ],
    }),
  )[0]!;
  t.deepEqual(
    [...body.subarray(4)],
    [
      ...[24, 0, 4, 0x80, 5, 0, 1, 0, 5, 0, 0, 0],
      ...[12, 0, 2, 0x80, 8, 0, 3, 0, 7, 0, 0, 0],
      ...[8, 0, 5, 0, 8, 0, 0, 0],
    ],
  );
  const inner = parseAttributes(parseAttributes(body, 4).get(4)!, 0);
  t.is(readWord(parseAttributes(inner.get(2)!, 0).get(3)), 7);
});

test('attributes of one type are a list in their order', (t) => {
  const [message] = parseMessages(
    formatRequest({
      type: 9,
      flags: 0,
      sequence: 1,
      header: HEADER,
      attributes: [
        [1, word(3)],
        [1, word(4)],
      ],
    }),
  );
  t.deepEqual(
    parseAttributeList(message!.body, 4).map(([type, value]) => [type, readWord(value)]),
    [
      [1, 3],
      [1, 4],
    ],
  );
});

function padded(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array((bytes.length + 3) & ~3);
  room.set(bytes);
  return room;
}
