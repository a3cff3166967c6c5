import { Server } from 'node:net';
import { type AcceptOptions, parseAcceptOptions } from './accept-options.ts';
import { type AcceptHandle, interceptConnections } from './intercept-connections.ts';

/**
 * Lets a `net`, `tls`, `http`, `https` or `http2` server of Node see the client behind a proxy that sends PROXY
 * protocol headers: on `socket.remoteAddress` and its siblings, and by `proxyHeaderOf(socket)`. Takes the header off,
 * in front of TLS too; whoever is not trusted, or breaks the protocol, is reset and never seen by the server (spec
 * §2, §5). Throws a TypeError for wrong options, and an Error where the server has it already.
 */
export function acceptProxyProtocol(server: Server, options: AcceptOptions): AcceptHandle {
  const plan = parseAcceptOptions(options);
  if (!(server instanceof Server)) {
    throw new TypeError(
      'acceptProxyProtocol: a server of node:net, tls, http, https or http2 is expected; of a framework it is what listen() or serve() returns, or its server',
    );
  }
  return interceptConnections(server, plan);
}
