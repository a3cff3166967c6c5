import type { LoadEndpoint } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';

/** Receives the events of one connection. */
export interface Conversation {
  connected(): void;
  /** The first `count` of the bytes arrived. The buffer is overwritten when this returns. */
  received(bytes: Buffer, count: number): void;
  /** The endpoint has ended its stream. */
  ended(): void;
  /** `pour` can send again. */
  writable(): void;
  /** The connection is closed, for the reason with this errno name. No further event follows. */
  failed(errno: string): void;
}

/** One connection. After `close` its conversation gets no further event. */
export interface LoadConnection {
  /** Sends the first `length` bytes of `Sockets.output`. What the kernel does not accept at once is sent later. */
  send(length: number): void;
  /** Sends some of `Sockets.poured` and returns how many bytes; 0 if the buffer is full, until `writable`. */
  pour(): number;
  /** The socket's own address; null for a unix socket. */
  local(): PlayedClient | null;
  /** Whether the end of the endpoint's stream is already known, so that closing now loses nothing. */
  readonly ending: boolean;
  /** Closes both directions. */
  close(): void;
}

/** What a thread needs its sockets for. */
export interface SocketOptions {
  readonly pourBytes: number;
  /** TCP_NODELAY: for messages larger than a segment, or sent one after another without an answer between. */
  readonly noDelay: boolean;
}

/** Room for one message: a header and a payload of at most 64 KiB. */
export const OUTPUT_BYTES = 68 * 1024;

/**
 * Everything that a crowd needs from outside: connections, a clock, one alarm, and the loop that runs them.
 * `EpollSockets` and `NetSockets` implement it; tests use a simulated one.
 */
export interface Sockets {
  /** Monotonic microseconds. */
  now(): number;
  /** A message is written here before `send`. */
  readonly output: Buffer;
  /** What `pour` sends. */
  readonly poured: Buffer;
  /** Begins to connect, from the given address if there is one. Returns the errno name if that fails at once. */
  connect(
    endpoint: LoadEndpoint,
    from: Uint8Array | null,
    conversation: Conversation,
  ): LoadConnection | string;
  /** Calls `onAlarm` once, at `atUs` by `now`. Replaces the alarm that was set before. */
  setAlarm(atUs: number, onAlarm: () => void): void;
  /** Runs the work once all events of this turn of the loop are handled. */
  later(work: () => void): void;
  /** Runs the loop until `done`, which is checked after each turn. */
  run(done: () => boolean): Promise<void>;
  /** Microseconds that the loop has waited since it was created; the rest of the time it was busy. */
  waitedUs(): number;
  stop(): void;
}

/** Reading this getter costs more than reading the clock, and it never changes. */
const origin = performance.timeOrigin;

/** Monotonic microseconds, comparable between the threads of a process. */
export function nowUs(): number {
  return (origin + performance.now()) * 1000;
}
