import type { Socket } from 'node:net';

/** Ends a socket with RST where it has TCP of its own to reset, else at once; never throws, never emits an error. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // Our own end is just on its way, behind all bytes: libuv refuses a reset then, and the socket would stay open.
  const ending = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (ending) {
    socket.destroy();
    return;
  }
  const { connecting } = socket;
  try {
    socket.resetAndDestroy();
  } catch {
    // A unix socket and a TLS one know no reset.
    socket.destroy();
  }
  if (connecting) setImmediate(giveUpSoon, socket);
}

/**
 * The kernel may have connected it already, and Node not told: destroyed then, it would end like any other. Node resets it once
 * it is told, which is by the next turn, or there is nothing to reset yet.
 */
function giveUpSoon(socket: Socket): void {
  setImmediate(() => {
    if (socket.connecting) socket.destroy();
  });
}
