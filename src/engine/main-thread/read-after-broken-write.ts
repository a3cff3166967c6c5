import type { Socket } from 'node:net';

/** Private fields of a socket. Node 20 to 26 have them; a test checks the Node that it runs on. */
interface Inside {
  readonly _writableState?: { autoDestroy?: boolean };
  readonly _readableState?: { autoDestroy?: boolean; errored?: unknown };
  readonly _handle?: { readStart?: () => number } | null;
}

/**
 * Keeps a socket readable after a failed write. A peer that answers and closes while it is still being sent something resets the
 * connection. The answer is in the kernel's buffer then, but Node destroys the socket at the first failed write, and the answer is
 * lost.
 *
 * Call it once, before the first write. From then on the owner has to destroy the socket: it does not close by itself when both
 * streams have ended. A failed write is still an `error`, but with `destroyed` false; the rest of what the peer sent follows, then
 * `end`, or a second `error` that destroys. Returns false if this Node lacks the fields: a failed write then destroys the socket.
 */
export function readAfterBrokenWrite(socket: Socket): boolean {
  const { _writableState: writable, _readableState: readable } = socket as unknown as Inside;
  const isKnown = typeof writable?.autoDestroy === 'boolean' && typeof readable?.autoDestroy === 'boolean';
  if (!isKnown || !('errored' in readable)) return false;
  writable.autoDestroy = false;
  readable.autoDestroy = false;
  socket.on('error', () => {
    if (socket.destroyed) return;
    // A stream that has failed delivers nothing more.
    readable.errored = null;
    if (!socket.isPaused()) (socket as unknown as Inside)._handle?.readStart?.();
  });
  return true;
}
