import type { Socket } from 'node:net';

/** Ends a socket with RST if it is a TCP socket, else destroys it. Never throws and never makes it emit an error. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  // While our FIN is being sent after the last bytes, libuv refuses a reset, and the socket would stay open.
  const ending = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (ending) {
    socket.destroy();
    return;
  }
  const { connecting } = socket;
  try {
    socket.resetAndDestroy();
  } catch {
    // Unix sockets and TLS sockets cannot be reset.
    socket.destroy();
  }
  if (connecting) setImmediate(giveUpSoon, socket);
}

/**
 * The kernel may have connected the socket before Node knows of it; destroying it now would close it without RST. Node
 * learns of it by the next turn of the event loop and then resets it; otherwise there is no connection to reset yet.
 */
function giveUpSoon(socket: Socket): void {
  setImmediate(() => {
    if (socket.connecting) socket.destroy();
  });
}
