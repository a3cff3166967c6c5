import { addressOf } from './libc.ts';

/** Bytes that the kernel reads and writes, and the address that it is given. Never moved, never freed. */
export interface Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: number;
}

/** Allocates zeroed bytes outside the heap. Meant to be kept: one for each purpose of a thread. */
export function allocate(length: number): Memory {
  const buffer = new ArrayBuffer(length);
  const bytes = new Uint8Array(buffer);
  return { bytes, view: new DataView(buffer), address: addressOf(bytes) };
}
