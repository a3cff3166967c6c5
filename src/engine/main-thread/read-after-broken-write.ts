import type { Socket } from 'node:net';

/** What of a socket has no public name. All three are there from Node 20 to 26; a test says so on each. */
interface Inside {
  readonly _writableState?: { autoDestroy?: boolean };
  readonly _readableState?: { autoDestroy?: boolean; errored?: unknown };
  readonly _handle?: { readStart?: () => number } | null;
}

/**
 * Lets a socket be read on when a write on it has failed. A peer that answers and closes while it is still sent something
 * resets the connection: the answer is in the kernel's buffer, but Node destroys the socket at the first failed write, and
 * the answer with it.
 *
 * To be called once, before the first write. From then on the socket is its owner's to destroy: it does not end itself when
 * both streams have. A failed write is an `error` as before, but `destroyed` is still false in it; what the peer had sent
 * follows, and then its end or another error, which destroys. False where this Node keeps no such fields: a failed write then
 * destroys the socket as it does elsewhere.
 */
export function readAfterBrokenWrite(socket: Socket): boolean {
  const { _writableState: writable, _readableState: readable } = socket as unknown as Inside;
  const isKnown = typeof writable?.autoDestroy === 'boolean' && typeof readable?.autoDestroy === 'boolean';
  if (!isKnown || !('errored' in readable)) return false;
  writable.autoDestroy = false;
  readable.autoDestroy = false;
  socket.on('error', () => {
    if (socket.destroyed) return;
    // A stream that has failed gives nothing more to read.
    readable.errored = null;
    if (!socket.isPaused()) (socket as unknown as Inside)._handle?.readStart?.();
  });
  return true;
}
