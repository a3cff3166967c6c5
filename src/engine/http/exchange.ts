import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import { breakReason } from '../../plan/errno-reasons.ts';
import type { Ledger } from '../../session/ledger.ts';
import { answerFields, interimHead } from './answer-head.ts';
import type { StreamEnd } from './answer-parser.ts';
import { bindsClient } from './bound-authentication.ts';
import { ClientAnswer } from './client-answer.ts';
import type { ConnectionUser, EndpointConnection } from './endpoint-connection.ts';
import type { AnswerHead } from './parse-answer-head.ts';
import { RequestAttempt, type RequestAttemptOwner } from './request-attempt.ts';
import { RequestBody } from './request-body.ts';
import { type RequestHead, requestText } from './request-head.ts';
import type { SessionConnections } from './session-connections.ts';

/** Receives the events of an exchange. Of `answered`, `failed`, `brokeOff` and `upgraded` at most one is called, once. */
export interface ExchangeOwner {
  readonly ledger: Ledger;
  /** The connection ends after this answer. */
  readonly leaving: boolean;
  /** The answer has been written to the client's socket. */
  answered(): void;
  /** The client has sent all of the body, before or after the answer. */
  bodyRead(): void;
  /** The client has received no part of an answer, so Herald has to answer. */
  failed(reason: CloseReason, detail: string | null): void;
  /**
   * The answer broke off after a part of it was passed on. `byEnd`: the client can see that from the end of our stream, because the
   * framing is incomplete; otherwise a reset is needed.
   */
  brokeOff(reason: CloseReason, detail: string | null, byEnd: boolean): void;
  /** The connection is a WebSocket now. `head` and then `first` are for the client. */
  upgraded(endpoint: Socket, head: string, first: Uint8Array): void;
}

/** The most interim answers to one request: 4 MiB (64 heads of 64 KiB). */
const MOST_INTERIM = 64;
/**
 * A reset discards whatever has not reached the client's kernel. This many bytes have reached it: less than TCP's initial window (10
 * segments, RFC 6928) and than any receive buffer.
 */
const MOST_BEFORE_RESET = 8 * 1024;
/** How long an endpoint that has answered may leave the rest of a body unread; then the rest is discarded. */
const REST_MS = 2000;

/**
 * One request and its answer. An attempt finds the connection; then both directions stream and end independently: the answer may be
 * complete before the request is.
 */
export class Exchange implements RequestAttemptOwner, ConnectionUser {
  readonly #owner: ExchangeOwner;
  readonly #connections: SessionConnections;
  readonly #request: IncomingMessage;
  readonly #head: RequestHead;
  readonly #attempt: RequestAttempt;
  readonly #answer: ClientAnswer;
  #connection: EndpointConnection | null = null;
  #kept = false;
  #body: RequestBody | null = null;
  #interims = 0;
  /** The answer is complete, or there will be none. */
  #over = false;
  /** The client has sent all of its request. */
  #read = false;
  /** The answer was complete before all of the request was sent. */
  #early = false;
  #restUntilMs = Number.POSITIVE_INFINITY;

  constructor(
    owner: ExchangeOwner,
    connections: SessionConnections,
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
  ) {
    this.#owner = owner;
    this.#connections = connections;
    this.#request = request;
    this.#head = head;
    this.#answer = new ClientAnswer(request, response);
    this.#attempt = new RequestAttempt(this, owner.ledger, connections, head.repeatable);
  }

  /** The client has not yet sent all of the body. */
  get bodyUnderWay(): boolean {
    return !this.#read;
  }

  start(): void {
    this.#attempt.start();
  }

  /** Ends a dial that takes too long, and discards the rest of a body that the endpoint does not read. */
  tick(nowMs: number): void {
    if (!this.#over) this.#attempt.tick(nowMs);
    else if (this.#body?.waits !== true) this.#restUntilMs = Number.POSITIVE_INFINITY;
    else if (this.#restUntilMs === Number.POSITIVE_INFINITY) this.#restUntilMs = nowMs + REST_MS;
    else if (nowMs >= this.#restUntilMs) this.#leave();
  }

  /** The answer is no longer needed. */
  abandon(): void {
    this.#over = true;
    this.#attempt.abandon();
    this.#leave();
  }

  /** The client's socket has drained. */
  clientDrained(): void {
    this.#connection?.resume();
  }

  // ── called by the attempt ──

  reached(connection: EndpointConnection, kept: boolean): void {
    const { body, chunked, binds } = this.#head;
    const request = this.#request;
    this.#connection = connection;
    this.#kept = kept;
    if (binds) this.#connections.bind(connection);
    connection.ask(
      this,
      requestText(request.method!, this.#head, connection.endpoint),
      request.method === 'HEAD',
      body,
    );
    if (body) this.#body = new RequestBody(request, connection, chunked, this.#onRead);
    else this.#read = true;
  }

  failed(reason: CloseReason, detail: string | null): void {
    this.#over = true;
    this.#leave();
    this.#owner.failed(reason, detail);
  }

  // ── called by the connection, about the request ──

  drained(): void {
    this.#body?.drained();
  }

  unsendable(): void {
    this.#body?.discard();
  }

  readonly #onRead = (): void => {
    this.#read = true;
    this.#owner.bodyRead();
    this.#settle();
  };

  // ── called by the connection, about the answer ──

  answerHead(head: AnswerHead): void {
    if (this.#over) return;
    if (head.status === 101) this.#upgrade(head);
    else if (head.status < 200) this.#interim(head);
    else if (head.status === 408 && !head.keepAlive && this.#mayAskAgain()) this.#again();
    else {
      if (bindsClient(head.fields)) this.#connections.bind(this.#connection!);
      // Interim answers may have paused it; from here on the answer itself decides.
      if (this.#interims > 0) this.#connection!.resume();
      if (!this.#answer.begin(head, this.#owner.leaving)) this.failed('answer_invalid', 'head');
    }
  }

  answerData(bytes: Buffer): void {
    if (!this.#over && !this.#answer.data(bytes)) this.#connection!.pause();
  }

  answerEnd(trailers: readonly string[]): void {
    if (this.#over) return;
    this.#over = true;
    this.#early = !this.#read || this.#connection!.isSending;
    this.#answer.end(trailers, () => this.#owner.answered());
    this.#owner.ledger.idle();
    this.#connection!.resume();
    this.#settle();
  }

  answerInvalid(code: string, absent: boolean): void {
    if (this.#over) return;
    if (this.#answer.begun) this.#breakOff('answer_invalid', code, false);
    else if (absent && this.#mayAskAgain()) this.#again();
    else this.failed('answer_invalid', code);
  }

  readDone(): void {
    if (!this.#over) this.#answer.flush();
  }

  cutOff(end: StreamEnd, code: string | null): void {
    if (this.#over) return;
    if (this.#answer.begun)
      this.#breakOff(breakReason('endpoint', code ?? undefined), code ?? 'unfinished_answer', code === null);
    else if (end === 'nothing' && this.#mayAskAgain()) this.#again();
    else this.failed(breakReason('endpoint', code ?? undefined), code ?? 'ECONNRESET');
  }

  // ── endings ──

  /** The endpoint probably closed an idle connection and never read the request (RFC 9112 §9.3.1). */
  #mayAskAgain(): boolean {
    return this.#kept && this.#head.repeatable && this.#interims === 0;
  }

  #again(): void {
    this.#leave();
    this.#attempt.again();
  }

  #interim(head: AnswerHead): void {
    this.#interims++;
    if (this.#interims > MOST_INTERIM) this.failed('answer_invalid', 'interim_answers');
    else if (!this.#answer.interim(head)) this.#connection!.pause();
  }

  /** `ended`: the endpoint's stream ended; otherwise it broke. */
  #breakOff(reason: CloseReason, detail: string, ended: boolean): void {
    this.#over = true;
    this.#answer.flush();
    this.#leave();
    const { isFramed, bodyBytes } = this.#answer;
    this.#owner.brokeOff(reason, detail, isFramed && (ended || bodyBytes > MOST_BEFORE_RESET));
  }

  #upgrade({ status, reason, fields }: AnswerHead): void {
    const at = fields.findIndex((name, each) => each % 2 === 0 && name.toLowerCase() === 'upgrade');
    if (!this.#head.upgrade || at < 0) {
      this.failed('answer_invalid', 'upgrade');
      return;
    }
    this.#over = true;
    const passed = answerFields(status, fields, false);
    passed.push('Connection', 'Upgrade', 'Upgrade', fields[at + 1]!);
    const { socket, first } = this.#connection!.detach();
    this.#connection = null;
    this.#owner.upgraded(socket, interimHead(101, reason, passed), first);
  }

  /** Gives the connection back once both the request and the answer are complete. */
  #settle(): void {
    if (!this.#over || !this.#read || this.#connection === null) return;
    const connection = this.#connection;
    this.#connection = null;
    this.#connections.giveBack(connection, this.#early);
  }

  /** Closes the connection, unless it was given back, and discards the rest of the client's body. */
  #leave(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    this.#connections.lost(connection);
    connection.destroy();
    this.#body?.discard();
  }
}
