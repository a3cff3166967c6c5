import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { quoteText } from '../../quote-text.ts';
import { type ApiFailure, failure, failureOfError } from '../failure.ts';

/** The API server and the TLS options to reach it; null: without TLS. */
export interface DialTarget {
  readonly url: URL;
  readonly tls: ConnectionOptions | null;
}

/** An open connection. `isHttp2`: the two sides have negotiated HTTP/2. */
export interface Dialed {
  readonly socket: Socket;
  readonly isHttp2: boolean;
}

/** From the DNS lookup to the end of the TLS handshake. */
const DIAL_MS = 15_000;
/** TCP keepalive: detects a dead path under a silent HTTP/1.1 watch. */
const KEEPALIVE_MS = 30_000;

/**
 * Opens a connection. One handshake offers both protocols, so that every server is dialed only once. Without TLS it is
 * HTTP/1.1, as `kubectl proxy` speaks. Never rejects.
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
      // OpenSSL rejects the certificate or the key.
      return resolve(failureOfError(error));
    }
    const end = (result: Dialed | ApiFailure) => {
      cancel();
      signal.removeEventListener('abort', stop);
      if ('code' in result) socket.destroy();
      resolve(result);
    };
    const stop = () => end(failure('stopped', 'the request was cancelled'));
    const cancel = clock.after(DIAL_MS, () =>
      end(failure('timeout', `no connection within ${DIAL_MS / 1000} s`)),
    );
    // This listener stays on the socket: an error event without any listener would end the process.
    socket.on('error', (error) => end(failureOfSocket(socket, error)));
    socket.on('close', () => end(failure('reset', 'the connection was closed during the handshake')));
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

/** The server name to send, and how to verify the certificate against it. */
function identityOf(host: string, { servername }: ConnectionOptions): ConnectionOptions {
  if (servername !== undefined) return {};
  // An address must not be sent as server name (RFC 6066 §3). Node 22.23 verifies an IPv6 address as if it were a name,
  // which no certificate contains.
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
  return isUntrusted ? failure('untrusted_server', quoteText(error.message)) : failureOfError(error);
}
