/** The behaviours of the endpoint. Each has a port of its own, so that requests need not name it. */
export const WORKS = ['answer', 'large', 'sink', 'greet', 'counts'] as const;
export type Work = (typeof WORKS)[number];

export type Ports = Readonly<Record<Work, number>>;

/** The length of an answer's body on `large`. */
export const LARGE_BYTES = 16 * 1024 * 1024;

/** The endpoint's counts. A connection counts once its header, or its first byte, has arrived. */
export interface Counts {
  /** Connections without a header, with version 1, with version 2, and with a malformed one. */
  readonly none: number;
  readonly v1: number;
  readonly v2: number;
  readonly invalid: number;
  /** Complete answers and greetings. */
  readonly answers: number;
  /** Bytes that `sink` has read. */
  readonly sunk: number;
}
