import type { Socket } from 'node:net';
import { writeError } from './read-after-broken-write.ts';

/**
 * Checks whether a peer has reset a connection that nobody reads. The kernel reports a reset only to a read or a write, so
 * this writes nothing. If bytes wait to be written, the loop listens already; after our end of the stream nothing can be
 * written. True if it has reset: `error` follows, or `onBroken` of `readAfterBrokenWrite` was called.
 */
export function touch(socket: Socket): boolean {
  if (socket.writable && socket.writableLength === 0) socket.write('');
  const error = writeError(socket) ?? (socket.errored as NodeJS.ErrnoException | null);
  return error?.code === 'ECONNRESET';
}
