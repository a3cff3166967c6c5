import type { InvalidCode } from './invalid-code.ts';

// What a PROXY protocol header says, as plain data.
//
//   v2 (§2.2)   0           12        13        14      16            tlvAt     tlvEnd = 16 + length
//               ┌───────────┬─────────┬─────────┬───────┬─────────────┬─────────┐
//               │ signature │ version │ family  │ length│ source,     │ TLVs    │ payload …
//               │ 12 bytes  │ command │ transp. │ 16 bit│ destination │         │
//               └───────────┴─────────┴─────────┴───────┴─────────────┴─────────┘
//                                                       INET 12, INET6 36, UNIX 216 bytes

export type Command = 'PROXY' | 'LOCAL';
export type Family = 'UNSPEC' | 'INET' | 'INET6' | 'UNIX';
export type Transport = 'UNSPEC' | 'STREAM' | 'DGRAM';

/**
 * A complete, valid header. The addresses stay bytes until `sourceOf` or `destinationOf` is asked. `bytes` is the
 * parser's own input for v2: a header is good only until that buffer is used again, so copy what is to be kept.
 * With LOCAL the family byte is discarded unread (§2.2), so family and transport are UNSPEC.
 */
export interface Header {
  readonly version: 1 | 2;
  readonly command: Command;
  readonly family: Family;
  readonly transport: Transport;
  readonly bytes: Uint8Array;
  /** The source's address in `bytes`, the destination's behind it; -1 where the connection's own are to be used. */
  readonly addressAt: number;
  /** 4, 16, 108 (a path, filled up with NULs), or 0 where there are none to be used. */
  readonly addressLength: number;
  /** 0 without an address, and for UNIX. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The TLVs in `bytes`: from `tlvAt`, up to and without `tlvEnd`. */
  readonly tlvAt: number;
  readonly tlvEnd: number;
}

/** More bytes decide: fewer than `need` further ones never can. */
export interface Incomplete {
  readonly status: 'incomplete';
  readonly need: number;
}

/** The bytes begin neither signature: no header, or another protocol. */
export interface Absent {
  readonly status: 'absent';
}

/** The bytes began a header that no further byte can make valid; `at` is the offset of the offence. */
export interface Invalid {
  readonly status: 'invalid';
  readonly code: InvalidCode;
  readonly at: number;
}

/** A header, `length` bytes long; what follows it in the input is payload. */
export interface Parsed {
  readonly status: 'header';
  readonly header: Header;
  readonly length: number;
}

export type ParseResult = Incomplete | Absent | Invalid | Parsed;
