/** One received netlink message: its type, and what follows `struct nlmsghdr`. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** The parts of a request before its attributes. */
export interface NetlinkRequest {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The fixed part of the family: `struct rtmsg`, `struct fib_rule_hdr`. */
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** A list of attributes as a value is nested. */
export type Attribute = readonly [type: number, value: Uint8Array | readonly Attribute[]];

/** include/uapi/linux/netlink.h: 16 = length 4 + type 2 + flags 2 + sequence 4 + port 4. */
const HEADER_BYTES = 16;
/** include/uapi/linux/rtnetlink.h, struct rtattr: length 2 + type 2, and everything begins at a multiple of 4. */
const ATTRIBUTE_BYTES = 4;
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER, which are flags in the same field. */
const TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;
/** Numbers have the byte order of the machine; x86-64 and arm64 are little-endian. */
const LITTLE = true;

/** The bytes of a request, which the kernel takes as one datagram. */
export function formatRequest({ type, flags, sequence, header, attributes }: NetlinkRequest): Uint8Array {
  const begin = HEADER_BYTES + aligned(header.length);
  const bytes = new Uint8Array(begin + lengthOf(attributes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, LITTLE);
  view.setUint16(4, type, LITTLE);
  view.setUint16(6, flags, LITTLE);
  view.setUint32(8, sequence, LITTLE);
  bytes.set(header, HEADER_BYTES);
  putAttributes(view, begin, attributes);
  return bytes;
}

function putAttributes(view: DataView, begin: number, attributes: readonly Attribute[]): void {
  let at = begin;
  for (const [kind, value] of attributes) {
    const isBytes = value instanceof Uint8Array;
    const length = isBytes ? value.length : lengthOf(value);
    view.setUint16(at, ATTRIBUTE_BYTES + length, LITTLE);
    view.setUint16(at + 2, isBytes ? kind : kind | NLA_F_NESTED, LITTLE);
    if (isBytes) new Uint8Array(view.buffer).set(value, at + ATTRIBUTE_BYTES);
    else putAttributes(view, at + ATTRIBUTE_BYTES, value);
    at += ATTRIBUTE_BYTES + aligned(length);
  }
}

function lengthOf(attributes: readonly Attribute[]): number {
  return attributes.reduce(
    (sum, [, value]) =>
      sum + ATTRIBUTE_BYTES + aligned(value instanceof Uint8Array ? value.length : lengthOf(value)),
    0,
  );
}

/** The messages of one datagram, copied. A message with an impossible length ends the list. */
export function parseMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, LITTLE);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, LITTLE),
      flags: view.getUint16(at + 6, LITTLE),
      sequence: view.getUint32(at + 8, LITTLE),
      body: new Uint8Array(bytes.subarray(at + HEADER_BYTES, at + length)),
    });
    at += aligned(length);
  }
  return messages;
}

/** The attributes behind a fixed part of so many bytes, by type. The last one of a type counts. */
export function parseAttributes(body: Uint8Array, headerBytes: number): ReadonlyMap<number, Uint8Array> {
  return new Map(parseAttributeList(body, headerBytes));
}

/** All of them in their order. Nested ones are parsed by another call, with 0 bytes before them. */
export function parseAttributeList(
  body: Uint8Array,
  headerBytes: number,
): readonly (readonly [type: number, value: Uint8Array])[] {
  const view = viewOf(body);
  const found: [number, Uint8Array][] = [];
  for (let at = aligned(headerBytes); at + ATTRIBUTE_BYTES <= body.length; ) {
    const length = view.getUint16(at, LITTLE);
    if (length < ATTRIBUTE_BYTES || at + length > body.length) break;
    found.push([
      view.getUint16(at + 2, LITTLE) & TYPE_MASK,
      body.subarray(at + ATTRIBUTE_BYTES, at + length),
    ]);
    at += aligned(length);
  }
  return found;
}

/** An attribute of 32 bits. */
export function word(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, LITTLE);
  return bytes;
}

/** Its number; undefined if the attribute is missing or too short. */
export function readWord(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : viewOf(value).getUint32(0, LITTLE);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
