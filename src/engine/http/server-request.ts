import { IncomingMessage } from 'node:http';

const offers = Symbol('offers an upgrade');

/**
 * A request of Node's server that may offer another protocol. Node stops its parser behind each that does (it gives up its
 * socket in an `upgrade` event), with a body or without, whether anybody wants the protocol or not.
 *
 * One that we would carry, a WebSocket, is said to be an upgrade at once. Any other offer is ignored (RFC 9110 §7.8): the
 * request is an ordinary one until it is complete. Then it is said to be an upgrade after all, so that Node hands out what the
 * parser has not read, and the socket can be given to another parser: nothing that follows such a request is lost.
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
