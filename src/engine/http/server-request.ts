import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const offers = Symbol('offers an upgrade');

/**
 * A request of Node's server, which may offer another protocol (`Upgrade`). Node's parser stops after each such request, even if the
 * offer is not accepted, and then drops the bytes that followed it in the same read.
 *
 * A WebSocket is an upgrade from its head on: Node emits `upgrade`. Any other offer is ignored (RFC 9110 §7.8): `upgrade` is false
 * until the request is complete, so that Node reads its body and emits `request`. Then it is true, so that Node also emits `upgrade`
 * with the bytes that would be lost, and the socket can be given to another parser.
 */
export class ServerRequest extends IncomingMessage {
  get upgrade(): boolean {
    return (
      Reflect.get(this, offers) === true && (this.method === 'CONNECT' || this.complete || this.isWebSocket)
    );
  }

  /** Set by Node's parser: whether another protocol was offered. */
  set upgrade(offered: boolean) {
    Reflect.set(this, offers, offered);
  }

  /** RFC 6455 §4.1: a GET of HTTP/1.1. With a body it would be unclear where that ends and the new protocol begins. */
  get isWebSocket(): boolean {
    const { method, httpVersion, headers } = this;
    if (method !== 'GET' || httpVersion !== '1.1' || headers['transfer-encoding'] !== undefined) return false;
    if (Number(headers['content-length'] ?? 0) !== 0) return false;
    return headers.upgrade?.split(',').some((name) => name.trim().toLowerCase() === 'websocket') === true;
  }
}

/**
 * The answer to a request for another protocol. Node's server has released the connection, so the answer is the last one unless
 * the protocol changes.
 */
export function detachedResponse(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.shouldKeepAlive = false;
  response.on('finish', () => socket.destroySoon());
  return response;
}
