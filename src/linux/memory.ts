import { addressOf } from './libc.ts';

/** Bytes that the kernel reads and writes, with their address. They never move, and only `free` frees them. */
export interface Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: number;
}

/** Keeps the bytes alive: an address is a number, and V8 would collect them while the kernel uses them. */
const kept = new Set<ArrayBufferLike>();

/**
 * Allocates zeroed bytes outside the heap, for the life of the thread: one allocation for each purpose of a thread, never
 * one a session. Arrays that one call of the kernel uses together are in one allocation.
 */
export function allocate(length: number): Memory {
  const buffer = new ArrayBuffer(length);
  kept.add(buffer);
  const bytes = new Uint8Array(buffer);
  return { bytes, view: new DataView(buffer), address: addressOf(bytes) };
}

/** Frees the bytes of an owner that ends before its thread. Their address must not be used again. */
export function free({ bytes }: Memory): void {
  kept.delete(bytes.buffer);
}
