import type { Socket } from 'node:net';

/**
 * Closes a socket so that the peer sees a reset where one can be sent: over TCP, and unless our own FIN
 * is still queued behind unsent bytes (libuv refuses then, and would leave the descriptor open).
 * Never throws and never emits: the caller keeps its `error` listener.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const finQueued = socket.writableEnded && !socket.writableFinished;
  // A unix socket has no reset: its local address is no `AddressInfo` with a port.
  if (finQueued || socket.connecting || socket.remotePort === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
