import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HeaderPhase } from '../../accept/header-phase.ts';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import { breakReason } from '../../proxy/errno.ts';
import type { HeaderReader } from '../../proxy/header-reader.ts';
import type { Session } from '../../proxy/session.ts';
import type { Served } from '../main-thread/serving.ts';
import { touch } from '../main-thread/touch.ts';
import { ClientFields } from './client-fields.ts';
import { ClientTraffic } from './client-traffic.ts';
import { detachedResponse } from './detached-response.ts';
import type { EndpointAgents } from './endpoint-agent.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { ownAnswer } from './own-answer.ts';
import { PipelinedRequests } from './pipelined-requests.ts';
import { requestHead } from './request-head.ts';
import { inBody, type RequestProblem, reasonOf, UNFINISHED_BODY } from './request-problem.ts';
import { SessionClock } from './session-clock.ts';
import { SessionEnding } from './session-ending.ts';
import { statusOf } from './status-of.ts';
import { Tunnel } from './tunnel.ts';

/**
 * One client's connection from its first request on. Its requests are answered one after the other, whatever
 * endpoints they go to; the rules are `Session`'s.
 *
 *     request ──▶ [waiting] ──▶ exchange ──▶ answered ──▶ the next one
 *                                        ╰─▶ upgraded: a tunnel until the end
 */
export class HttpSession implements ExchangeOwner, Served {
  readonly session: Session;
  leaving = false;
  readonly #socket: Socket;
  readonly #agents: EndpointAgents;
  readonly #onEnd: (session: HttpSession) => void;
  readonly #clock: SessionClock;
  readonly #traffic: ClientTraffic;
  readonly #waiting: PipelinedRequests;
  /** Until the client is known. */
  #header: HeaderPhase | null = null;
  #fields: ClientFields | null = null;
  #exchange: Exchange | null = null;
  /** The last one: the body of its request may still be under way when its answer is not. */
  #last: Exchange | null = null;
  #tunnel: Tunnel | null = null;
  /** The parser can read no further: what Herald answers when all before it is answered. */
  #unreadable: RequestProblem | null = null;
  #answered = 0;
  /** At the last look a body was still coming that had its answer already. */
  #drained = false;
  #endpointEnded = false;
  /** The side that ended its stream first, for the reason of a good ending. */
  #first: CloseReason = 'client_closed';
  readonly #ending = new SessionEnding();

  /** `onEnd` is called once, when the client's socket is closed. */
  constructor(
    socket: Socket,
    session: Session,
    agents: EndpointAgents,
    onEnd: (session: HttpSession) => void,
  ) {
    this.#socket = socket;
    this.session = session;
    this.#agents = agents;
    this.#onEnd = onEnd;
    this.#clock = new SessionClock(socket, session);
    this.#traffic = new ClientTraffic(socket, session);
    this.#waiting = new PipelinedRequests(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => this.#clientError(error.code));
    socket.on('drain', () => this.#exchange?.clientDrained());
    socket.on('close', () => this.#closed());
  }

  /** Takes the client's socket over. `serve` is called once the client is known: from then on it may ask. */
  start(reader: HeaderReader | null, serve: () => void): void {
    if (reader === null) this.#known(null, serve);
    else {
      this.#header = new HeaderPhase(this.#socket, reader, this.#clock.headerMs, (_, outcome) => {
        this.#header = null;
        if (outcome.kind === 'accepted') this.#known(outcome.header, serve);
        else if (outcome.kind === 'refused') this.#ending.set(outcome.reason, outcome.detail, outcome.bytes);
      });
    }
  }

  /** The head of a request is there. */
  asked(request: IncomingMessage, response: ServerResponse): void {
    this.#traffic.settle();
    if (this.#exchange === null && this.#waiting.length === 0) this.#ask(request, response);
    else this.#waiting.add(request, response);
  }

  /** The same, and the parser has let the connection go. `first` followed the head. */
  askedToUpgrade(request: IncomingMessage, first: Uint8Array): void {
    if (this.#exchange !== null || this.#waiting.length > 0) {
      // Its answer would have to wait for theirs, on a connection that is no longer read as requests.
      this.unreadable({ status: 400, rule: 'pipelined_upgrade', bytes: null });
      return;
    }
    if (first.length > 0) this.#socket.unshift(first);
    this.#ask(request, detachedResponse(request, this.#socket), true);
  }

  /** The client sends what is no request. What was asked before is answered before. */
  unreadable(problem: RequestProblem): void {
    if (this.#unreadable !== null || this.#ending.reason !== null) return;
    const later = this.#waiting.dropUnfinished();
    const unfinished = later || this.#waiting.unfinished;
    this.#unreadable = unfinished ? inBody(problem) : problem;
    if (later) return;
    const { rule } = this.#unreadable;
    // Behind an early answer there is nothing to say.
    if (this.#exchange === null && rule === UNFINISHED_BODY) this.#part(reasonOf(rule), rule);
    else if (this.#exchange === null) this.#refuse(this.#unreadable);
    else if (unfinished) this.#refuseHalf();
  }

  /** Ends the session from our side, by reset. */
  abort(reason: CloseReason, detail: string | null = null): void {
    this.#ending.set(reason, detail);
    resetSocket(this.#socket);
  }

  /** Ends the session with what is under way; a client that has no part of an answer yet is given one. */
  giveUp(reason: CloseReason): void {
    if (this.#ending.reason !== null) return;
    if (this.#exchange === null || this.#waiting.current!.response.headersSent) this.abort(reason);
    else {
      this.#exchange.abandon();
      this.failed(reason, null);
    }
  }

  /** Ends the session as soon as nothing is under way: behind the current answer, or now. */
  leave(): void {
    this.leaving = true;
    if (this.#exchange !== null || this.#tunnel !== null || this.#ending.reason !== null) return;
    if (this.#answered > 0) this.#part('drained');
    else this.#clock.lastCall();
  }

  tick(nowMs: number): void {
    this.#clock.keepAlive(nowMs);
    if (this.#clock.isTooOld(nowMs)) this.abort('session_age');
    else if (this.#header !== null) {
      if (nowMs >= this.#header.deadline) this.#header.expire();
    } else {
      this.#traffic.count();
      const due = this.#clock.isDue(nowMs);
      if (due && this.#ending.reason !== null) this.#socket.destroy();
      else if (due && this.#exchange === null && this.#tunnel === null) this.#part('drained');
      else if (this.#ending.reason === null) this.#watch(nowMs);
    }
  }

  // ── of the exchange ──

  answered(): void {
    this.#exchange = null;
    this.#answered++;
    this.#traffic.settle();
    const next = this.#waiting.next();
    if (next !== null) this.#ask(next.request, next.response);
    else if (this.#unreadable !== null) this.#refuse(this.#unreadable);
    else if (this.leaving) this.#part('drained');
  }

  failed(reason: CloseReason, detail: string | null): void {
    this.#exchange = null;
    this.session.rests();
    const { method } = this.#waiting.current!.request;
    this.#answer(statusOf(reason), reason, reason, detail, method);
  }

  upgraded(endpoint: Socket, head: string, first: Uint8Array): void {
    this.#exchange = null;
    this.#socket.write(head, 'latin1');
    if (first.length > 0) this.#socket.write(first);
    this.#tunnel = new Tunnel(this.#socket, endpoint, this);
  }

  /** The endpoint of the tunnel has ended its stream. */
  endpointEnded(): void {
    this.#endpointEnded = true;
    if (!this.#socket.readableEnded) this.#first = 'endpoint_closed';
  }

  // ── a request ──

  #known(header: Parameters<Session['named']>[0], serve: () => void): void {
    this.#traffic.begin();
    const refused = this.session.named(header);
    if (refused !== null) {
      this.abort(refused.reason, refused.detail);
      return;
    }
    this.#fields = new ClientFields(this.session.client, this.session.rules.plan.presentation);
    serve();
  }

  #ask(request: IncomingMessage, response: ServerResponse, upgrade = false): void {
    if (this.#ending.reason !== null) {
      request.resume();
      return;
    }
    this.#waiting.current = { request, response };
    const { httpVersion: version, rawHeaders: fields } = request;
    const method = request.method!;
    const target = request.url!;
    const head = requestHead({ method, target, version, fields, upgrade }, this.#fields!);
    if (head.kind === 'refused') {
      const bytes = Buffer.from(`${method} ${target}`, 'latin1');
      this.#refuse({ ...head, bytes }, method);
      return;
    }
    const exchange = new Exchange(this, this.#agents, request, response, head);
    this.#exchange = exchange;
    this.#last = exchange;
    exchange.start();
  }

  #refuse({ status, rule, bytes }: RequestProblem, method?: string): void {
    const reason = reasonOf(rule);
    this.#ending.set(reason, rule, bytes);
    this.#answer(status, rule, reason, rule, method);
  }

  /** The body of the request that is under way is broken: its endpoint must not take it for a whole one. */
  #refuseHalf(): void {
    this.#exchange!.abandon();
    this.#exchange = null;
    this.session.rests();
    if (!this.#waiting.current!.response.headersSent) this.#refuse(this.#unreadable!);
    else this.abort(reasonOf(this.#unreadable!.rule), this.#unreadable!.rule);
  }

  /** Herald answers by itself, and the session ends: nothing goes on behind an answer that no endpoint gave. */
  #answer(status: number, why: string, reason: CloseReason, detail: string | null, method?: string): void {
    this.#waiting.current?.request.resume();
    // Its end is heard only where it is read.
    this.#socket.resume();
    this.#ending.set(reason, detail);
    this.#socket.end(ownAnswer(status, why, method), 'latin1');
    this.#clock.linger();
  }

  /** A good ending from our side, with nothing under way. */
  #part(reason: CloseReason, detail: string | null = null): void {
    this.#ending.set(reason, detail);
    this.#socket.destroySoon();
  }

  // ── endings ──

  #clientError(code: string | undefined): void {
    if (this.#header !== null) return;
    this.#ending.set(breakReason('client', code), code ?? null);
  }

  #closed(): void {
    this.#last?.abandon();
    this.#exchange = null;
    this.#tunnel?.close();
    this.#traffic.count();
    this.#ending.set(this.#first);
    const { reason, detail, firstBytes } = this.#ending;
    this.session.end(this.session.endingOf(reason!), detail, true, firstBytes);
    this.#onEnd(this);
  }

  // ── deadlines ──

  #watch(nowMs: number): void {
    if (this.#waiting.unfinished || this.#socket.isPaused()) touch(this.#socket);
    if (this.#exchange !== null) this.#exchange.tick(nowMs);
    else if (this.#tunnel === null) this.#watchHead(nowMs);
    this.#checkIdle(nowMs);
  }

  /** A head has begun where bytes came that no request has brought; it has as long as a PROXY header. */
  #watchHead(nowMs: number): void {
    // The rest of a body whose answer came early.
    const draining = this.#waiting.unfinished;
    if (draining || this.#drained) this.#traffic.settle();
    this.#drained = draining;
    if (this.#traffic.headInTime(nowMs, this.session.rules.plan.admission.headerTimeoutMs)) return;
    this.#answer(408, 'request_timeout', 'request_timeout', null);
  }

  #checkIdle(nowMs: number): void {
    if (this.#ending.reason !== null) return;
    const reason = this.#clock.silence(nowMs, this.#socket.readableEnded || this.#endpointEnded);
    if (reason === null) return;
    if (this.#exchange === null && this.#tunnel === null) this.#part(reason);
    else this.giveUp(reason);
  }
}
