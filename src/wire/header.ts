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
 * A complete, valid header. The addresses stay bytes until `sourceOf` or `destinationOf` formats them. For v2, `bytes` is
 * the parser's own input: a header is valid only until that buffer is used again, so copy what has to be kept.
 * With LOCAL the family byte is ignored (§2.2), so family and transport are UNSPEC.
 */
export interface Header {
  readonly version: 1 | 2;
  readonly command: Command;
  readonly family: Family;
  readonly transport: Transport;
  readonly bytes: Uint8Array;
  /** Offset of the source address in `bytes`; the destination follows it. -1: use the connection's own addresses. */
  readonly addressAt: number;
  /** 4, 16, 108 (a path padded with NULs), or 0 if the connection's own addresses are to be used. */
  readonly addressLength: number;
  /** 0 without addresses and for UNIX; so is `destinationPort`. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The TLVs in `bytes` begin at `tlvAt` and end before `tlvEnd`. */
  readonly tlvAt: number;
  readonly tlvEnd: number;
}

/** More bytes are required. `need` is the least number of further bytes that can decide. */
export interface Incomplete {
  readonly status: 'incomplete';
  readonly need: number;
}

/** The bytes are a prefix of neither signature: there is no header, or it is another protocol. */
export interface Absent {
  readonly status: 'absent';
}

/** The bytes begin a header that no further byte can make valid; `at` is the offset of the first invalid byte. */
export interface Invalid {
  readonly status: 'invalid';
  readonly code: InvalidCode;
  readonly at: number;
}

/** A header of `length` bytes; the input after it is payload. */
export interface Parsed {
  readonly status: 'header';
  readonly header: Header;
  readonly length: number;
}

export type ParseResult = Incomplete | Absent | Invalid | Parsed;
