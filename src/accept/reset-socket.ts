import type { Socket } from 'node:net';

/** Ends a socket with RST where it has TCP of its own to reset, else at once; never throws. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  try {
    socket.resetAndDestroy();
  } catch {
    // A unix socket and a TLS one know no reset.
    socket.destroy();
  }
}
