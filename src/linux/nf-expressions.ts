import { type Attribute, parseAttributeList, word } from './netlink-message.ts';

/** One step of a rule of nftables: its name, and its attributes (NFTA_EXPR_DATA). */
export interface NfExpression {
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

// Numbers of include/uapi/linux/netfilter/nf_tables.h. Those of netlink are big-endian; what rules compare and store is as it is in
// the packet, or in the byte order of the machine for a mark.
const NFT_REG_VERDICT = 0;
const NFT_REG_1 = 1;
const META_KEY = { MARK: 3, L4PROTO: 16 } as const;
const CT_KEY = { DIRECTION: 1, MARK: 3 } as const;
const SOCKET_TRANSPARENT = 0;
const CMP_EQ = 0;
const PAYLOAD_TRANSPORT_HEADER = 2;
const VERDICT = { DROP: 0, ACCEPT: 1 } as const;
const IPPROTO_TCP = 6;
/** include/uapi/linux/netfilter/nf_conntrack_tuple_common.h */
const DIRECTION = { original: 0, reply: 1 } as const;
const DATA = { VALUE: 1, VERDICT: 2 } as const;
const VERDICT_CODE = 1;
const EXPR = { NAME: 1, DATA: 2 } as const;
const LIST_ELEM = 1;
/** Where a TCP header has the port of its receiver, and how long a port is. */
const TO_PORT_AT = 2;
const PORT_BYTES = 2;

/** `meta l4proto tcp` */
export function isTcp(): readonly NfExpression[] {
  return [meta([2, META_KEY.L4PROTO], [1, NFT_REG_1]), isEqual(Uint8Array.of(IPPROTO_TCP))];
}

/** `socket transparent 1`: the packet is for a socket of this host that was bound with IP_TRANSPARENT. */
export function isForTransparentSocket(): readonly NfExpression[] {
  return [
    { name: 'socket', attributes: numbers([1, SOCKET_TRANSPARENT], [2, NFT_REG_1], [3, 0]) },
    isEqual(Uint8Array.of(1)),
  ];
}

/** `ct direction original|reply`: the packet goes the way of the first one of its connection, or comes back. */
export function isOfDirection(direction: keyof typeof DIRECTION): readonly NfExpression[] {
  return [ct([2, CT_KEY.DIRECTION], [1, NFT_REG_1]), isEqual(Uint8Array.of(DIRECTION[direction]))];
}

/** `ct mark MARK`: the connection has this mark. */
export function isOfConnectionMark(mark: number): readonly NfExpression[] {
  return [ct([2, CT_KEY.MARK], [1, NFT_REG_1]), isEqual(word(mark))];
}

/** `ct mark set MARK` */
export function setConnectionMark(mark: number): readonly NfExpression[] {
  return [loaded(mark), ct([2, CT_KEY.MARK], [4, NFT_REG_1])];
}

/** `meta mark set MARK` */
export function setMark(mark: number): readonly NfExpression[] {
  return [loaded(mark), meta([2, META_KEY.MARK], [3, NFT_REG_1])];
}

/** `th dport PORT`, which together with `isTcp` is `tcp dport PORT`. */
export function isToPort(port: number): readonly NfExpression[] {
  return [
    {
      name: 'payload',
      attributes: numbers([1, NFT_REG_1], [2, PAYLOAD_TRANSPORT_HEADER], [3, TO_PORT_AT], [4, PORT_BYTES]),
    },
    isEqual(Uint8Array.of(port >> 8, port & 0xff)),
  ];
}

/** `accept` or `drop` */
export function verdict(code: keyof typeof VERDICT): NfExpression {
  const value: Attribute = [DATA.VERDICT, numbers([VERDICT_CODE, VERDICT[code]])];
  return { name: 'immediate', attributes: [...numbers([1, NFT_REG_VERDICT]), [2, [value]]] };
}

/** The expressions as the value of NFTA_RULE_EXPRESSIONS. */
export function formatExpressions(expressions: readonly NfExpression[]): readonly Attribute[] {
  return expressions.map(({ name, attributes }) => [
    LIST_ELEM,
    [
      [EXPR.NAME, nameBytes(name)],
      [EXPR.DATA, attributes],
    ],
  ]);
}

/** Whether the attributes that the kernel gives say what these do and nothing more. It may leave out those that are 0. */
export function saysTheSame(wanted: readonly Attribute[], given: Uint8Array): boolean {
  const rest = [...parseAttributeList(given, 0)];
  for (const [type, value] of wanted) {
    const at = rest.findIndex(([each]) => each === type);
    if (at < 0) {
      if (value instanceof Uint8Array && value.every((byte) => byte === 0)) continue;
      return false;
    }
    const [[, found]] = rest.splice(at, 1) as [readonly [number, Uint8Array]];
    const same = value instanceof Uint8Array ? Buffer.compare(value, found) === 0 : saysTheSame(value, found);
    if (!same) return false;
  }
  return rest.length === 0;
}

/** A name with the NUL that ends it. */
export function nameBytes(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}

/** 32 bits, big-endian. */
export function bigWord(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, number);
  return bytes;
}

function loaded(mark: number): NfExpression {
  return { name: 'immediate', attributes: [...numbers([1, NFT_REG_1]), [2, [[DATA.VALUE, word(mark)]]]] };
}

function ct(...parts: readonly (readonly [type: number, number: number])[]): NfExpression {
  return { name: 'ct', attributes: numbers(...parts) };
}

function meta(...parts: readonly (readonly [type: number, number: number])[]): NfExpression {
  return { name: 'meta', attributes: numbers(...parts) };
}

function isEqual(value: Uint8Array): NfExpression {
  return { name: 'cmp', attributes: [...numbers([1, NFT_REG_1], [2, CMP_EQ]), [3, [[DATA.VALUE, value]]]] };
}

function numbers(...parts: readonly (readonly [type: number, number: number])[]): readonly Attribute[] {
  return parts.map(([type, number]) => [type, bigWord(number)]);
}
