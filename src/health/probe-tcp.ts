import { connect, type Socket } from 'node:net';
import { formatIp } from '../address/ip.ts';
import { probeHeader } from './probe-header.ts';
import type { Probe, ProbeFailure } from './probe-target.ts';

/** How long an endpoint may take to end its side of a check that went well, before that is cut off. */
const LINGER_MS = 1000;

const FAILURES: ReadonlyMap<string, ProbeFailure> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ENOENT', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  // Our own want of descriptors, ports or memory says nothing of the endpoint.
  ['EMFILE', 'local'],
  ['ENFILE', 'local'],
  ['ENOBUFS', 'local'],
  ['ENOMEM', 'local'],
  ['EADDRNOTAVAIL', 'local'],
]);

/** How soon, and how seldom at the most, the full queue of a unix socket is tried again: TCP does so by itself. */
const FIRST_RETRY_MS = 4;
const LAST_RETRY_MS = 64;

/** Connects, sends the header that says that Herald itself asks, and ends the stream: well once that is through. */
export const probeTcp: Probe = ({ endpoint, timeoutMs, header }, done) => {
  const { ip, port, path } = endpoint;
  let socket: Socket;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let told = false;
  const stop = (): void => {
    told = true;
    clearTimeout(deadline);
    clearTimeout(retry);
  };
  const tell = (failure: ProbeFailure | null): void => {
    if (told) return;
    stop();
    if (failure !== null) socket.destroy();
    done(failure);
  };
  const failed = ({ code = '' }: NodeJS.ErrnoException): void => {
    if (told || path === null || code !== 'EAGAIN') {
      tell(FAILURES.get(code) ?? 'error');
      return;
    }
    retry = setTimeout(dial, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  const dial = (): void => {
    socket = connect(path === null ? { host: formatIp(ip), port } : { path });
    // Whatever comes back is no answer to anything, but must be read: unread bytes make a close a reset.
    socket.resume();
    socket.on('error', failed);
    socket.on('connect', connected);
    socket.on('finish', finished);
  };
  const connected = (): void => {
    const local = { address: socket.localAddress, port: socket.localPort };
    const remote = { address: socket.remoteAddress, port: socket.remotePort };
    // Nobody listens: a port of this machine has met itself, and an end would keep it for a minute.
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
