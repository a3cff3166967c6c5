import { connect, type Socket } from 'node:net';
import { formatIp } from '../address/ip.ts';
import { probeHeader } from './probe-header.ts';
import type { Probe, ProbeFailure } from './probe-target.ts';

/** After a successful check, how long the endpoint may take to close its side before the socket is destroyed. */
const LINGER_MS = 1000;

const FAILURES: ReadonlyMap<string, ProbeFailure> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ENOENT', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  // A shortage of descriptors, ports or memory on this machine says nothing about the endpoint.
  ['EMFILE', 'local'],
  ['ENFILE', 'local'],
  ['ENOBUFS', 'local'],
  ['ENOMEM', 'local'],
  ['EADDRNOTAVAIL', 'local'],
]);

/** The first and the longest wait before a unix socket with a full backlog is dialed again. TCP retries by itself. */
const FIRST_RETRY_MS = 4;
const LAST_RETRY_MS = 64;

/** Connects, sends the header of a check, and ends the stream. The check succeeds once the end has been sent. */
export const probeTcp: Probe = ({ endpoint, timeoutMs, header }, done) => {
  const { ip, port, path } = endpoint;
  let socket: Socket;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let isDone = false;
  const stop = (): void => {
    isDone = true;
    clearTimeout(deadline);
    clearTimeout(retry);
  };
  const tell = (failure: ProbeFailure | null): void => {
    if (isDone) return;
    stop();
    if (failure !== null) socket.destroy();
    done(failure);
  };
  const failed = ({ code = '' }: NodeJS.ErrnoException): void => {
    if (isDone || path === null || code !== 'EAGAIN') {
      tell(FAILURES.get(code) ?? 'error');
      return;
    }
    retry = setTimeout(dial, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  const dial = (): void => {
    socket = connect(path === null ? { host: formatIp(ip), port } : { path });
    // The endpoint's bytes mean nothing here, but must be read: closing with unread bytes sends a reset.
    socket.resume();
    socket.on('error', failed);
    socket.on('connect', connected);
    socket.on('finish', finished);
  };
  const connected = (): void => {
    const local = { address: socket.localAddress, port: socket.localPort };
    const remote = { address: socket.remoteAddress, port: socket.remotePort };
    // A TCP self-connect: nobody listens, and the dial got the very port that it dials as its own. A normal close
    // would keep that port in TIME_WAIT for a minute.
    if (path === null && local.port === remote.port && local.address === remote.address) {
      socket.resetAndDestroy();
      tell('refused');
    } else socket.end(probeHeader(header, local, remote));
  };
  const finished = (): void => {
    const ended = socket;
    tell(null);
    const linger = setTimeout(() => ended.destroy(), LINGER_MS);
    linger.unref();
    ended.once('close', () => clearTimeout(linger));
  };
  const deadline = setTimeout(tell, timeoutMs, 'timeout');
  dial();
  return () => {
    stop();
    socket.destroy();
  };
};
