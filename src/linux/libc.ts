import koffi from 'koffi';

// The libc of this process, glibc or musl: Node is linked to it, so it is not searched by name.
const libc = koffi.load(null);

/**
 * Declares a function of libc. Declare pointers and sizes as numbers (`uintptr_t`, `intptr_t`): koffi then converts nothing,
 * and a call costs about 160 ns more than in C.
 */
export function declare(definition: string): (...args: number[]) => number {
  return libc.func(definition) as unknown as (...args: number[]) => number;
}

/** The errno of the last call. Read it at once: the next call may overwrite it. */
export function errno(): number {
  return koffi.errno();
}

/** The address of the bytes. They need an ArrayBuffer of their own, which never moves. */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes));
}
