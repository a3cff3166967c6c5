import { connect } from 'node:net';
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

/** Connects, sends the header that says that Herald itself asks, and ends the stream: well once that is through. */
export const probeTcp: Probe = ({ endpoint, timeoutMs, header }, done) => {
  const { ip, port, path } = endpoint;
  const socket = connect(path === null ? { host: formatIp(ip), port } : { path });
  let told = false;
  const tell = (failure: ProbeFailure | null): void => {
    if (told) return;
    told = true;
    clearTimeout(deadline);
    if (failure !== null) socket.destroy();
    done(failure);
  };
  const deadline = setTimeout(tell, timeoutMs, 'timeout');
  // Whatever comes back is no answer to anything, but must be read: unread bytes make a close a reset.
  socket.resume();
  socket.on('error', (error: NodeJS.ErrnoException) => tell(FAILURES.get(error.code ?? '') ?? 'error'));
  socket.on('connect', () => {
    const local = { address: socket.localAddress, port: socket.localPort };
    const remote = { address: socket.remoteAddress, port: socket.remotePort };
    socket.end(probeHeader(header, local, remote));
  });
  socket.on('finish', () => {
    tell(null);
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    linger.unref();
    socket.once('close', () => clearTimeout(linger));
  });
  return () => {
    told = true;
    clearTimeout(deadline);
    socket.destroy();
  };
};
