/** What load generator and endpoint say to each other behind the header: requests and answers of one size. */
export const REQUEST_BYTES = 64;

/** The first byte. None of them begins a PROXY header, so a connection without one is known at once. */
export const KIND = {
  /** `e`: the endpoint answers and ends, as a server does that keeps no connection. */
  END: 0x65,
  /** `k`: it answers and waits for the next request. */
  KEEP: 0x6b,
  /** `p`: it sends as many bytes as the request asks for and ends. */
  POUR: 0x70,
  /** `c`: it answers with its counters and ends; this connection is not counted. */
  COUNT: 0x63,
} as const;

/** Bytes 4 to 7, little-endian: a number that the answer repeats, so that no answer passes for another. */
export const NUMBER_AT = 4;
/** Bytes 8 to 15, a little-endian double: how many bytes to pour. */
export const POUR_AT = 8;

/** Counters of connections that asked something, by the header before their first request: four doubles from byte 8. */
export const COUNTERS = ['none', 'v1', 'v2', 'invalid'] as const;
export const COUNTERS_AT = 8;
