/** What the endpoint does, each on a port of its own, so that no request has to say it. */
export const WORKS = ['answer', 'large', 'sink', 'greet', 'counts'] as const;
export type Work = (typeof WORKS)[number];

export type Ports = Readonly<Record<Work, number>>;

/** The length of an answer's body on `large`. */
export const LARGE_BYTES = 16 * 1024 * 1024;

/** What the endpoint has seen. Connections count once their header, or their first byte, has come. */
export interface Counts {
  /** Connections without a header, with one of version 1, of version 2, and with one that is wrong. */
  readonly none: number;
  readonly v1: number;
  readonly v2: number;
  readonly invalid: number;
  /** Whole answers, and greetings. */
  readonly answers: number;
  /** Bytes that `sink` has read. */
  readonly sunk: number;
}
