import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { shown } from '../../shown.ts';
import { type ApiFailure, failure } from '../failure.ts';
import { failureOfError } from './failure-of-error.ts';

/** Where the API server is, and by which TLS it is reached; null: in the clear. */
export interface DialTarget {
  readonly url: URL;
  readonly tls: ConnectionOptions | null;
}

/** A connection that is open; `isHttp2` is what the two sides have agreed on. */
export interface Dialed {
  readonly socket: Socket;
  readonly isHttp2: boolean;
}

/** From the first look at DNS to the end of the TLS handshake. */
const DIAL_MS = 15_000;
/** A path that died between two bookmarks of HTTP/1.1 is noticed by the kernel, if by nobody before. */
const KEEPALIVE_MS = 30_000;

/**
 * Opens a connection. One handshake offers both protocols, so that a server of either is dialled once. In the clear it
 * is HTTP/1.1, as `kubectl proxy` speaks. Never rejects.
 */
export function dial(
  target: DialTarget,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<Dialed | ApiFailure> {
  return new Promise((resolve) => {
    const { tls } = target;
    let socket: Socket;
    try {
      socket = start(target);
    } catch (error) {
      // A certificate or a key that OpenSSL does not take.
      return resolve(failureOfError(error));
    }
    const end = (result: Dialed | ApiFailure) => {
      cancel();
      signal.removeEventListener('abort', stop);
      if ('code' in result) socket.destroy();
      resolve(result);
    };
    const stop = () => end(failure('stopped', 'it was stopped'));
    const cancel = clock.after(DIAL_MS, () =>
      end(failure('timeout', `no connection within ${DIAL_MS / 1000} s`)),
    );
    // It stays: whoever uses the socket later has an ear of its own, and an error without one would end the process.
    socket.on('error', (error) => end(failureOfSocket(socket, error)));
    socket.on('close', () => end(failure('reset', 'the connection was closed in the handshake')));
    signal.addEventListener('abort', stop);
    socket.once(tls === null ? 'connect' : 'secureConnect', () =>
      end({ socket, isHttp2: tls !== null && (socket as TLSSocket).alpnProtocol === 'h2' }),
    );
    if (signal.aborted) stop();
  });
}

function start({ url, tls }: DialTarget): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (tls === null ? 80 : 443);
  const socket =
    tls === null
      ? connectTcp({ host, port })
      : connectTls({ host, port, ALPNProtocols: ['h2', 'http/1.1'], ...identityOf(host, tls), ...tls });
  return socket.setNoDelay(true).setKeepAlive(true, KEEPALIVE_MS);
}

/** Which name is asked for, and how the certificate is compared with it. */
function identityOf(host: string, { servername }: ConnectionOptions): ConnectionOptions {
  if (servername !== undefined) return {};
  // An address is no server name (RFC 6066 §3). Node 22.23 takes an address of IPv6 for a name, which no certificate has.
  return isIP(host) === 0 ? { servername: host } : { checkServerIdentity: checkAddress };
}

function checkAddress(ip: string, { raw }: Partial<PeerCertificate>): Error | undefined {
  if (raw === undefined) return new Error('the server has no certificate');
  const certificate = new X509Certificate(raw);
  if (certificate.checkIP(ip) !== undefined) return undefined;
  return new Error(`the certificate is not for ${ip}, but for ${certificate.subjectAltName ?? 'no name'}`);
}

function failureOfSocket(socket: Socket, error: Error): ApiFailure {
  const isUntrusted = Boolean((socket as Partial<TLSSocket>).authorizationError);
  return isUntrusted ? failure('untrusted_server', shown(error.message)) : failureOfError(error);
}
