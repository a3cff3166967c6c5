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

/** The exchange whose request a connection carries. */
export interface ConnectionUser extends AnswerSink {
  /** All bytes of one read have been passed on. */
  readDone(): void;
  /** More of the request can be sent. */
  drained(): void;
  /** Nothing more can be sent. An answer may still arrive. */
  unsendable(): void;
  /** The stream ended (`code` null) or broke before the answer was complete. */
  cutOff(end: StreamEnd, code: string | null): void;
}

/** Who holds a connection between two requests. */
export interface ConnectionKeeper {
  /** It ended, or sent bytes without a request, and is closed. */
  lost(connection: EndpointConnection): void;
}

/**
 * How long a connection that is being closed waits until the endpoint has read the last bytes of a request. Activity does not extend
 * it, because an endpoint that keeps sending would hold the connection open forever.
 */
const CLOSING_MS = 4000;

/**
 * One connection to an endpoint. It can be used again if the request was sent completely, the answer is framed and complete, no bytes
 * followed it, and the endpoint keeps the connection according to its version and `Connection`.
 *
 * Each direction fails independently. If the endpoint ends its stream, the request is still sent. If the endpoint reads no more, its
 * answer is still read.
 */
export class EndpointConnection implements AnswerSink, EndpointSocketOwner {
  readonly endpoint: Endpoint;
  readonly #socket: Socket;
  readonly #parser = new AnswerParser();
  #dialer: ConnectionDialer | null;
  #user: ConnectionUser | null = null;
  #keeper: ConnectionKeeper | null = null;
  /** The request has been sent completely. */
  #sent = true;
  /** The head of the last answer allows another request. */
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

  /** Our own address. */
  get from(): Address | undefined {
    return localAddress(this.#socket);
  }

  /** Sends the head of a request. With `hasBody`, a body follows by `send` or `sendChunk`. The answer goes to `user`. */
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

  /** Sends a part of the request's body; false if the caller has to wait for `drained`. */
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

  /** Sends the last bytes of the request. */
  sendEnd(last: string): void {
    if (last !== '' && !this.#unsendable) this.#socket.write(last, 'latin1');
    this.#sent = true;
  }

  /** Some bytes are not yet sent, because the endpoint does not read. */
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
   * Both the answer and its request are complete. True if the connection can be used again and now belongs to the keeper; otherwise
   * it is closed.
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

  /** Hands over the socket without our listeners, and the first bytes of the new protocol. */
  detach(): { readonly socket: Socket; readonly first: Buffer } {
    const socket = this.#socket;
    this.#user = null;
    letGo(socket);
    return { socket, first: this.#parser.rest ?? Buffer.alloc(0) };
  }

  /** Closes it after all that was written. */
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

  /** Closes it at once and gives up its request. */
  destroy(): void {
    this.#leave();
    this.#socket.destroy();
  }

  /** The same by reset, for a connection that has carried no request. */
  reset(): void {
    this.#leave();
    resetSocket(this.#socket);
  }

  #leave(): void {
    this.#dialer = null;
    this.#user = null;
    this.#keeper = null;
  }

  // ── called by the parser ──

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

  // ── called by the socket ──

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
    // libuv reports an end if the reset arrived with the last bytes. An answer framed by the stream's end would look complete.
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

  /** The stream broke. Bytes that had arrived before are read first. */
  #broke(code: string | null): void {
    if (this.#ended) return;
    for (let rest = this.#socket.read(); rest !== null; rest = this.#socket.read()) this.#parser.read(rest);
    this.#ended = true;
    // An endpoint that closes while a part of the request is unread resets the connection, although its answer may be complete.
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

  /** Combines what is written in one turn of the loop into one segment. */
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
