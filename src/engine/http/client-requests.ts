import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { ClientFields } from './client-fields.ts';
import type { ClientTraffic } from './client-traffic.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { ownAnswer, statusOf } from './own-answer.ts';
import { PipelinedRequests } from './pipelined-requests.ts';
import { ReleasedSocket } from './released-socket.ts';
import { requestHead } from './request-head.ts';
import { inBody, type RequestProblem, reasonOf, UNFINISHED_BODY } from './request-problem.ts';
import { detachedResponse, type ServerRequest } from './server-request.ts';
import type { SessionConnections } from './session-connections.ts';

/** The session that owns the requests. */
export interface RequestsOwner {
  readonly ledger: Ledger;
  /** It ends after the next answer. */
  readonly leaving: boolean;
  /** One more request is waited for, but not for long: the client has not been told that the session ends. */
  lastCall(): void;
  /** It is ending: whatever the client still sends is ignored. */
  readonly isOver: boolean;
  /** Ends it after all that was written, and after `last`. `firstBytes`: what a refused client sent. */
  part(
    reason: CloseReason | null,
    detail: string | null,
    last?: string,
    firstBytes?: Uint8Array | null,
  ): void;
  abort(reason: CloseReason, detail: string | null): void;
  brokeOff(reason: CloseReason, detail: string | null, byEnd: boolean): void;
  upgraded(endpoint: Socket, head: string, first: Uint8Array): void;
}

/** The requests of one client's connection, as parsed by Node's server. They are answered in order, one at a time. */
export class ClientRequests implements ExchangeOwner {
  readonly #owner: RequestsOwner;
  readonly #socket: Socket;
  readonly #traffic: ClientTraffic;
  readonly #connections: SessionConnections;
  readonly #fields: ClientFields;
  /** Gives the socket to Node's server. */
  readonly #serve: () => void;
  readonly #waiting: PipelinedRequests;
  #exchange: Exchange | null = null;
  /** The latest one. The body of its request may still be in transit after its answer is complete. */
  #last: Exchange | null = null;
  /** The socket, if Node's server has released it after a request. */
  #released: ReleasedSocket | null = null;
  /** Set if the parser cannot continue: answered once all requests before it are answered. */
  #unreadable: RequestProblem | null = null;

  constructor(
    owner: RequestsOwner,
    socket: Socket,
    traffic: ClientTraffic,
    connections: SessionConnections,
    fields: ClientFields,
    serve: () => void,
  ) {
    this.#owner = owner;
    this.#socket = socket;
    this.#traffic = traffic;
    this.#connections = connections;
    this.#fields = fields;
    this.#serve = serve;
    this.#waiting = new PipelinedRequests(socket);
  }

  get ledger(): Ledger {
    return this.#owner.ledger;
  }

  get leaving(): boolean {
    return this.#owner.leaving;
  }

  /** True if a request is being answered or is waiting. */
  get underWay(): boolean {
    return this.#exchange !== null || this.#waiting.length > 0;
  }

  /** True if every request so far is answered and its body is complete, so that a new request can be handled at once. */
  get #isNext(): boolean {
    return !this.underWay && this.#last?.bodyUnderWay !== true;
  }

  /** The current or latest answer says `Connection: close`. */
  get #isTold(): boolean {
    return this.#waiting.current?.response.shouldKeepAlive === false;
  }

  /** True if the body of the current or latest request is not complete. */
  get unfinished(): boolean {
    return this.#waiting.unfinished;
  }

  /** The client has received a part of the current answer. */
  get answerBegun(): boolean {
    return this.#waiting.current?.response.headersSent === true;
  }

  tick(nowMs: number): void {
    this.#last?.tick(nowMs);
  }

  clientDrained(): void {
    this.#exchange?.clientDrained();
  }

  /** Ends the current exchange. */
  abandon(): void {
    this.#last?.abandon();
    this.#exchange = null;
  }

  // ── called by Node's server ──

  /** The head of a request is complete. */
  asked(request: ServerRequest, response: ServerResponse): void {
    this.#traffic.settle();
    if (this.#isNext) this.#ask(request, response, false);
    else this.#waiting.add(request, response);
  }

  /** A WebSocket is requested, and the parser has released the connection. `first` are the bytes after the head. */
  askedToUpgrade(request: ServerRequest, first: Uint8Array): void {
    if (this.underWay) {
      // Its answer would have to wait for the others, but requests are no longer parsed on this connection.
      this.unreadable({ status: 400, rule: 'pipelined_upgrade', bytes: null });
      return;
    }
    // The previous endpoint may not have read its body to the end.
    this.#last?.abandon();
    if (first.length > 0) this.#socket.unshift(first);
    this.#ask(request, detachedResponse(request, this.#socket), true);
  }

  /** The parser has released the connection after a request whose upgrade is ignored. `unread` are the bytes after it. */
  released(unread: Uint8Array): void {
    if (this.#owner.isOver) {
      this.#socket.resume();
      return;
    }
    this.#released = new ReleasedSocket(this.#socket, unread);
    if (this.#isNext) this.#takeBack();
  }

  /** The client sent something that is not a valid request. Earlier requests are answered first. */
  unreadable(problem: RequestProblem): void {
    if (this.#unreadable !== null || this.#owner.isOver) return;
    const later = this.#waiting.dropUnfinished();
    const unfinished = later || this.#waiting.unfinished;
    this.#unreadable = unfinished ? inBody(problem) : problem;
    if (later) return;
    const { rule } = this.#unreadable;
    const idle = this.#exchange === null;
    // The request was answered early, so there is no other answer to give.
    if (idle && rule === UNFINISHED_BODY) this.#owner.part(reasonOf(rule), rule);
    else if (idle && (unfinished || this.#isNext)) this.#refuse(this.#unreadable);
    else if (!idle && unfinished) this.#refuseHalf(this.#unreadable);
  }

  // ── called by the exchange ──

  answered(): void {
    this.#exchange = null;
    this.#traffic.settle();
    if (!this.#owner.isOver) this.#goOn();
  }

  bodyRead(): void {
    this.#traffic.settle();
    if (!this.#owner.isOver && this.#exchange === null) this.#goOn();
  }

  /** The latest request is answered, or its body is complete. The next one needs both. */
  #goOn(): void {
    if (this.#last?.bodyUnderWay === true) {
      if (this.#owner.leaving && this.#waiting.length === 0) this.#owner.part('drained', null);
      return;
    }
    const next = this.#waiting.next();
    if (next !== null) this.#ask(next.request, next.response, false);
    else if (this.#unreadable !== null) this.#refuse(this.#unreadable);
    else if (this.#owner.leaving && this.#isTold) this.#owner.part('drained', null);
    else {
      if (this.#owner.leaving) this.#owner.lastCall();
      if (this.#released !== null) this.#takeBack();
    }
  }

  failed(reason: CloseReason, detail: string | null): void {
    this.#exchange = null;
    this.ledger.idle();
    this.answer(statusOf(reason), reason, reason, detail);
  }

  brokeOff(reason: CloseReason, detail: string | null, byEnd: boolean): void {
    this.#exchange = null;
    this.ledger.idle();
    this.#owner.brokeOff(reason, detail, byEnd);
  }

  upgraded(endpoint: Socket, head: string, first: Uint8Array): void {
    this.#exchange = null;
    this.#owner.upgraded(endpoint, head, first);
  }

  /** Herald answers by itself, and the session ends after that. */
  answer(
    status: number,
    why: string,
    reason: CloseReason,
    detail: string | null,
    bytes: Uint8Array | null = null,
  ): void {
    const { current } = this.#waiting;
    const method = current?.response.writableEnded === false ? current.request.method : undefined;
    this.#owner.part(reason, detail, ownAnswer(status, why, method), bytes);
  }

  #ask(request: ServerRequest, response: ServerResponse, upgrade: boolean): void {
    if (this.#owner.isOver) {
      request.resume();
      return;
    }
    this.#waiting.current = { request, response };
    const { httpVersion: version, rawHeaders: fields } = request;
    const method = request.method!;
    const target = request.url!;
    const head = requestHead({ method, target, version, fields, upgrade }, this.#fields);
    if (head.kind === 'refused') {
      this.#refuse({ ...head, bytes: Buffer.from(`${method} ${target}`, 'latin1') });
      return;
    }
    const exchange = new Exchange(this, this.#connections, request, response, head);
    this.#exchange = exchange;
    this.#last = exchange;
    exchange.start();
  }

  /** Everything before is answered: Node's parser gets the socket again. */
  #takeBack(): void {
    const released = this.#released!;
    this.#released = null;
    if (released.giveBack()) {
      this.#serve();
      this.#socket.resume();
    } else this.#owner.part(null, null);
  }

  #refuse({ status, rule, bytes }: RequestProblem): void {
    this.answer(status, rule, reasonOf(rule), rule, bytes);
  }

  /** The body of the current request is malformed: its endpoint must not take it for a complete one. */
  #refuseHalf(problem: RequestProblem): void {
    this.abandon();
    this.ledger.idle();
    if (this.answerBegun) this.#owner.abort(reasonOf(problem.rule), problem.rule);
    else this.#refuse(problem);
  }
}
