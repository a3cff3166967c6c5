import type { LoadEndpoint } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';

/** What a connection of the crowd does with what happens to it. */
export interface Conversation {
  connected(): void;
  /** The first `count` of the bytes came; they are overwritten when this returns. */
  received(bytes: Buffer, count: number): void;
  /** The endpoint's stream has ended. */
  ended(): void;
  /** What could not be poured before may be now. */
  writable(): void;
  /** It is closed: the kernel's name of why. Nothing follows. */
  failed(errno: string): void;
}

/** One connection. After `close` its conversation hears nothing more. */
export interface LoadConnection {
  /** Sends the first `length` bytes of `Sockets.output`; what the kernel does not take at once follows by itself. */
  send(length: number): void;
  /** Sends some of `Sockets.poured`; gives how many bytes, 0 where it is full: `writable` tells when it is not. */
  pour(): number;
  /** Our own end; null for a unix socket. */
  local(): PlayedClient | null;
  /** The endpoint's end is known to be behind what has come: nothing is lost by closing now. */
  readonly ending: boolean;
  /** Ends both directions. */
  close(): void;
}

/** What a thread makes its sockets for. */
export interface SocketOptions {
  readonly pourBytes: number;
  /** Messages that are larger than a segment, or follow each other without an answer. */
  readonly noDelay: boolean;
}

/** The room of one message: a header and a payload. */
export const OUTPUT_BYTES = 68 * 1024;

/**
 * The sockets of one thread, as `EpollSockets` and `NetSockets` have them: connections, the clock, one alarm, and
 * whatever turns them. To a crowd they are the world.
 */
export interface Sockets {
  /** Microseconds that only go forward. */
  now(): number;
  /** Where a message is written before `send`. */
  readonly output: Buffer;
  /** What `pour` sends. */
  readonly poured: Buffer;
  /** Begins to connect, from the address where one is given; the name of the error where that fails at once. */
  connect(
    endpoint: LoadEndpoint,
    from: Uint8Array | null,
    conversation: Conversation,
  ): LoadConnection | string;
  /** Calls `onAlarm` once, at that time of `now`, and never again for an alarm that was set before. */
  setAlarm(atUs: number, onAlarm: () => void): void;
  /** Runs the work once everything of this turn is done. */
  later(work: () => void): void;
  /** Turns until `done`, which is looked at when something has happened. */
  run(done: () => boolean): Promise<void>;
  /** How long nothing had to be done, in microseconds since it began: what is left of the clock was work. */
  waitedUs(): number;
  stop(): void;
}
