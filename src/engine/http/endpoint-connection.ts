import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { Address } from '../../session/client.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { localAddress } from '../main-thread/peer-address.ts';
import { touch } from '../main-thread/touch.ts';
import { AnswerParser, type AnswerSink, type StreamEnd } from './answer-parser.ts';
import { dialEndpoint, type EndpointSocketOwner, letGo } from './endpoint-socket.ts';
import type { AnswerHead } from './parse-answer-head.ts';

/** Who dials a connection. One of the two is called, once. */
export interface ConnectionDialer {
  connected(connection: EndpointConnection): void;
  dialFailed(code: string | undefined): void;
}

/** Whose request is on a connection. */
export interface ConnectionUser extends AnswerSink {
  /** What one read brought has been told. */
  readDone(): void;
  /** It takes more of the request. */
  drained(): void;
  /** What is sent from now on goes nowhere. What was answered may still come. */
  unsendable(): void;
  /** The stream ended (`code` null) or broke before the answer was whole. */
  cutOff(end: StreamEnd, code: string | null): void;
}

/** Who keeps a connection between two requests. */
export interface ConnectionKeeper {
  /** It has ended, or said what nobody asked for, and is closed. */
  lost(connection: EndpointConnection): void;
}

/**
 * How long the last bytes of a request may wait for an endpoint that has answered, in a connection that is to be closed. Not a
 * timeout of silence: an endpoint that keeps sending would hold the connection open for ever.
 */
const CLOSING_MS = 4000;

/**
 * One connection to an endpoint. It knows whether it may be used again: the request was sent to its end, the answer is framed and
 * complete, no bytes came behind it, and the endpoint keeps the connection by its version and `Connection`.
 *
 * Each direction fails by itself. If the endpoint ends its stream, the request is still sent; if the endpoint reads no more, what
 * it has answered is still read.
 */
export class EndpointConnection implements AnswerSink, EndpointSocketOwner {
  readonly endpoint: Endpoint;
  readonly #socket: Socket;
  readonly #parser = new AnswerParser();
  #dialer: ConnectionDialer | null;
  #user: ConnectionUser | null = null;
  #keeper: ConnectionKeeper | null = null;
  /** The request is sent to its end. */
  #sent = true;
  /** By the head of its last answer the endpoint would answer another request. */
  #keepAlive = false;
  #hasBody = false;
  #unsendable = false;
  /** The endpoint's stream has ended or broken. */
  #ended = false;
  #corked = false;

  /** Dials. */
  constructor(endpoint: Endpoint, rules: ListenerRules, dialer: ConnectionDialer) {
    this.endpoint = endpoint;
    this.#dialer = dialer;
    this.#socket = dialEndpoint(endpoint, rules, this);
  }

  /** Our end of it. */
  get from(): Address | undefined {
    return localAddress(this.#socket);
  }

  /** Sends the head of a request, with `hasBody` a body follows by `send` or `sendChunk`. The answer goes to `user`. */
  ask(user: ConnectionUser, head: string, toHead: boolean, hasBody: boolean): void {
    this.#keeper = null;
    this.#user = user;
    this.#sent = !hasBody;
    this.#keepAlive = false;
    this.#hasBody = hasBody;
    this.#parser.begin(this, toHead);
    if (hasBody) this.#cork();
    this.#socket.write(head, 'latin1');
  }

  /** Sends a part of the request's body; false where the endpoint is to be waited for. */
  send(bytes: Uint8Array): boolean {
    return this.#unsendable || this.#socket.write(bytes);
  }

  /** The same, as a chunk. */
  sendChunk(bytes: Uint8Array): boolean {
    if (this.#unsendable) return true;
    this.#cork();
    this.#socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(bytes);
    return this.#socket.write('\r\n', 'latin1');
  }

  /** The request is sent to its end, with the last bytes of it. */
  sendEnd(last: string): void {
    if (last !== '' && !this.#unsendable) this.#socket.write(last, 'latin1');
    this.#sent = true;
  }

  /** A part of what was given to it waits for the endpoint to read. */
  get isSending(): boolean {
    return this.#socket.writableLength > 0;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /**
   * The answer is whole, and its request is over. True where the connection may be used again: then it is the keeper's, and
   * else it closes.
   */
  release(keeper: ConnectionKeeper): boolean {
    this.#user = null;
    const isWhole = this.#sent && this.#keepAlive && !this.#parser.excess;
    if (!isWhole || this.#ended || this.#unsendable || this.#socket.destroyed) {
      this.close();
      return false;
    }
    this.#keeper = keeper;
    this.#socket.resume();
    return true;
  }

  /** Gives the socket away, without our listeners, with the first bytes of the new protocol. */
  detach(): { readonly socket: Socket; readonly first: Buffer } {
    const socket = this.#socket;
    this.#user = null;
    letGo(socket);
    return { socket, first: this.#parser.rest ?? Buffer.alloc(0) };
  }

  /** Closes it behind what was sent. */
  close(): void {
    const socket = this.#socket;
    this.#user = null;
    this.#keeper = null;
    if (this.#unsendable || this.#ended || socket.writableLength === 0) socket.destroy();
    if (socket.destroyed) return;
    socket.resume();
    const deadline = setTimeout(() => socket.destroy(), CLOSING_MS);
    socket.once('close', () => clearTimeout(deadline));
    socket.destroySoon();
  }

  /** Closes it at once: what is asked now is not asked any more. */
  destroy(): void {
    this.#leave();
    this.#socket.destroy();
  }

  /** The same, by reset: for a connection that nothing was asked over. */
  reset(): void {
    this.#leave();
    resetSocket(this.#socket);
  }

  #leave(): void {
    this.#dialer = null;
    this.#user = null;
    this.#keeper = null;
  }

  // ── of the parser: a user that has left is told nothing more ──

  answerHead(head: AnswerHead): void {
    this.#keepAlive = head.keepAlive;
    this.#user?.answerHead(head);
  }

  answerData(bytes: Buffer): void {
    this.#user?.answerData(bytes);
  }

  answerEnd(trailers: readonly string[]): void {
    this.#user?.answerEnd(trailers);
  }

  answerInvalid(code: string, absent: boolean): void {
    this.#user?.answerInvalid(code, absent);
  }

  // ── of the socket ──

  connected(): void {
    const dialer = this.#dialer;
    this.#dialer = null;
    dialer?.connected(this);
  }

  read(bytes: Buffer): void {
    const unasked = this.#user === null;
    this.#parser.read(bytes);
    if (unasked) this.#idle();
    else this.#user?.readDone();
  }

  drained(): void {
    this.#user?.drained();
  }

  ended(): void {
    if (this.#ended) return;
    // libuv tells of an end if the reset came with the last bytes. An answer that ends with its stream would look complete.
    if (this.#parser.endsWithStream && touch(this.#socket)) {
      this.#broke('ECONNRESET');
      return;
    }
    this.#ended = true;
    if (this.#user === null) this.#idle();
    else this.#tell(this.#parser.end(), null);
  }

  failed(code: string | undefined): void {
    const dialer = this.#dialer;
    if (dialer !== null) {
      this.#dialer = null;
      dialer.dialFailed(code);
      return;
    }
    this.#unsendable = true;
    if (this.#socket.destroyed) this.#broke(code ?? null);
    else this.#user?.unsendable();
  }

  closed(): void {
    this.#unsendable = true;
    this.#broke('ECONNRESET');
  }

  /** The stream broke. What had arrived before is read first. */
  #broke(code: string | null): void {
    if (this.#ended) return;
    for (let rest = this.#socket.read(); rest !== null; rest = this.#socket.read()) this.#parser.read(rest);
    this.#ended = true;
    // An endpoint that closes with a part of the request unread resets the connection: the answer before may be complete.
    const excused = this.#parser.endsWithStream && this.#hasBody;
    if (this.#user === null) this.#idle();
    else this.#tell(excused || !this.#parser.endsWithStream ? this.#parser.end() : 'unfinished', code);
  }

  #tell(end: StreamEnd, code: string | null): void {
    if (end !== 'whole') this.#user?.cutOff(end, code);
    else if (this.#unsendable) this.#user?.unsendable();
    this.#user?.readDone();
  }

  /** Something happened on a connection without a request: it is closed. */
  #idle(): void {
    const keeper = this.#keeper;
    this.#keeper = null;
    if (keeper === null) return;
    this.#socket.destroy();
    keeper.lost(this);
  }

  /** What is sent in one turn of the loop leaves in one segment. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    queueMicrotask(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
