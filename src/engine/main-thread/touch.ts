import type { Socket } from 'node:net';

/**
 * Finds out whether a peer that is not read is still there: a reset is told only to who reads or writes, and be it
 * nothing. Where something waits to be written the loop listens already; where our stream has ended nothing can be
 * written.
 */
export function touch(socket: Socket): void {
  if (socket.writable && socket.writableLength === 0) socket.write('');
}
