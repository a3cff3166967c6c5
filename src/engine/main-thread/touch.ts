import type { Socket } from 'node:net';
import { writeError } from './read-after-broken-write.ts';

/**
 * Finds out whether a peer that is not read is still there: a reset is told only to who reads or writes, and be it
 * nothing. Where something waits to be written the loop listens already; where our stream has ended nothing can be
 * written. True where it has reset: its `error` follows, or what `readAfterBrokenWrite` was given has been told.
 */
export function touch(socket: Socket): boolean {
  if (socket.writable && socket.writableLength === 0) socket.write('');
  const error = writeError(socket) ?? (socket.errored as NodeJS.ErrnoException | null);
  return error?.code === 'ECONNRESET';
}
