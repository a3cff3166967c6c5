import { IncomingMessage } from 'node:http';

const offers = Symbol('offers an upgrade');

/**
 * A request of Node's server, which may offer another protocol. Node's parser stops behind each request that does, also if nobody
 * takes the offer, and then drops the bytes that came behind it in the same read.
 *
 * A WebSocket is an upgrade from its head on: Node emits `upgrade`. Any other offer is ignored (RFC 9110 §7.8): `upgrade` is false
 * until the request is complete, so that Node reads its body and emits `request`; then it is true, so that Node emits `upgrade` as
 * well, with the bytes that would be lost. The socket can be given to another parser then.
 */
export class ServerRequest extends IncomingMessage {
  get upgrade(): boolean {
    return (
      Reflect.get(this, offers) === true && (this.method === 'CONNECT' || this.complete || this.isWebSocket)
    );
  }

  /** Node's parser says whether another protocol was offered. */
  set upgrade(offered: boolean) {
    Reflect.set(this, offers, offered);
  }

  /** RFC 6455 §4.1: a GET of HTTP/1.1. With a body nobody could say where that ends and the new protocol begins. */
  get isWebSocket(): boolean {
    const { method, httpVersion, headers } = this;
    if (method !== 'GET' || httpVersion !== '1.1' || headers['transfer-encoding'] !== undefined) return false;
    if (Number(headers['content-length'] ?? 0) !== 0) return false;
    return headers.upgrade?.split(',').some((name) => name.trim().toLowerCase() === 'websocket') === true;
  }
}
