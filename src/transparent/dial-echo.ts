import { Socket } from 'node:net';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { bindTcp, close, connectTcp, localAddress, tcpSocket } from '../linux/socket.ts';
import { setDialMark, setTransparent } from '../linux/transparent.ts';
import type { EchoSight } from './family-proof.ts';
import type { EchoEndpoint } from './find-echo.ts';
import { MAX_ECHO_BYTES, readEcho } from './read-echo.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: echo\r\nConnection: close\r\n\r\n';

/**
 * Dials an echo from an address that is not of this host, at a port that the kernel chooses anew each time, and resolves with what the
 * echo saw. Never rejects. The returned function ends it early. Node cannot bind a foreign address, so it is given the socket.
 */
export function dialEcho(
  echo: EchoEndpoint,
  stranger: Uint8Array,
  ended: (sight: EchoSight) => void,
): () => void {
  const fd = tcpSocket(echo.ip);
  if (fd < 0) return failedAtOnce(fd, ended);
  const result = connectFrom(fd, stranger, echo);
  const from = localAddress(fd);
  if (result < 0 && result !== -ERRNO.EINPROGRESS) {
    close(fd);
    return failedAtOnce(result, ended);
  }
  const socket = new Socket({ fd });
  let text = '';
  let isOver = false;
  const end = (sight: EchoSight) => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    ended(sight);
  };
  socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) =>
    end(code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'error', code }),
  );
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const seen = readEcho(text);
    if (seen !== null && from !== null) end({ kind: 'seen', from, seen });
    else if (text.length > MAX_ECHO_BYTES) end({ kind: 'no_echo' });
  });
  socket.on('end', () => end({ kind: 'no_echo' }));
  socket.write(REQUEST);
  return () => {
    isOver = true;
    socket.destroy();
  };
}

function connectFrom(fd: number, stranger: Uint8Array, { ip, port }: EchoEndpoint): number {
  const allowed = setTransparent(fd, stranger);
  if (allowed < 0) return allowed;
  // As the dials of clients, which do without it too where it is not allowed.
  setDialMark(fd);
  const bound = bindTcp(fd, stranger, 0);
  return bound < 0 ? bound : connectTcp(fd, ip, port);
}

/** A dial that fails at once is reported after the call has returned, as every other one. */
function failedAtOnce(result: number, ended: (sight: EchoSight) => void): () => void {
  let isOver = false;
  setImmediate(() => {
    if (!isOver) ended({ kind: 'error', code: errnoName(-result) });
  });
  return () => {
    isOver = true;
  };
}
