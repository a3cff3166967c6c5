import { addressOf } from './libc.ts';

/** Bytes that the kernel reads and writes, and the address that it is given. Never moved; freed by `free` alone. */
export interface Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: number;
}

/** An address is a number and keeps nothing alive: what it points into would be collected under the kernel's hands. */
const kept = new Set<ArrayBufferLike>();

/**
 * Allocates zeroed bytes outside the heap, which live as long as the thread: one allocation for each purpose of a
 * thread, never one a session. Arrays that the kernel is given together lie in one allocation.
 */
export function allocate(length: number): Memory {
  const buffer = new ArrayBuffer(length);
  kept.add(buffer);
  const bytes = new Uint8Array(buffer);
  return { bytes, view: new DataView(buffer), address: addressOf(bytes) };
}

/** Gives bytes back whose owner has an end: nobody may use the address any more. */
export function free({ bytes }: Memory): void {
  kept.delete(bytes.buffer);
}
