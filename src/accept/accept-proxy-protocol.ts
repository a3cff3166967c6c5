import { Server } from 'node:net';
import { type AcceptOptions, parseAcceptOptions } from './accept-options.ts';
import { type AcceptHandle, interceptConnections } from './intercept-connections.ts';

// The room: a Node server learns its client from the PROXY protocol header in front of the connection.
//
//   'connection' of the server ─▶ intercept-connections (overrides emit): admit() of session/ judges the peer
//       untrusted  ─▶ reset; onRefused (refusal)
//       headerless ─▶ accepted, without a header
//       trusted    ─▶ header-phase reads until the header ends; pending-headers limits the number of such sockets and their time
//                         valid, or absent if optional ─▶ accepted
//                         else                         ─▶ reset; onRefused
//   accepted ─▶ sets remoteAddress and its siblings, then emits the server's own 'connection'; proxyHeaderOf has the facts
//
// With TLS the header comes before the handshake: the raw socket learns the client, and its TLSSocket takes it over.

/**
 * Makes a `net`, `tls`, `http`, `https` or `http2` server of Node see the client behind a proxy that sends PROXY
 * protocol headers: in `socket.remoteAddress` and its siblings, and through `proxyHeaderOf(socket)`. The header is removed,
 * before TLS too. A peer that is not trusted or breaks the protocol is reset, and the server never sees it (spec §2, §5).
 * Throws a TypeError for invalid options, and an Error if it has been called for this server before.
 */
export function acceptProxyProtocol(server: Server, options: AcceptOptions): AcceptHandle {
  const plan = parseAcceptOptions(options);
  if (!(server instanceof Server)) {
    throw new TypeError(
      'acceptProxyProtocol: expected a server of node:net, tls, http, https or http2; with a framework, pass what listen() or serve() returns, or its server property',
    );
  }
  return interceptConnections(server, plan);
}
