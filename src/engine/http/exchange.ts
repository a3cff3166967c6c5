import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import type { ConnectFailure } from '../../proxy/connect-failure.ts';
import { breakReason, connectFailure } from '../../proxy/errno.ts';
import type { Session } from '../../proxy/session.ts';
import type { EndpointsInTurn } from '../../proxy/transparent-rules.ts';
import { answerFields, interimHead } from './answer-head.ts';
import type { EndpointAgents } from './endpoint-agent.ts';
import { passedTrailers } from './field-kinds.ts';
import { RequestBody } from './request-body.ts';
import type { RequestHead } from './request-head.ts';

/** Who hears how an exchange goes. Each of the last four is called at most once, and then nothing more. */
export interface ExchangeOwner {
  readonly session: Session;
  /** The connection ends behind this answer. */
  readonly leaving: boolean;
  /** The answer is with the client. */
  answered(): void;
  /** Nothing was answered: Herald has to. */
  failed(reason: CloseReason, detail: string | null): void;
  /** The answer broke in its middle: the client must not take it for a whole one. */
  abort(reason: CloseReason, detail: string | null): void;
  /** The connection is a WebSocket now. `head` is for the client, `first` what follows it. */
  upgraded(endpoint: Socket, head: string, first: Uint8Array): void;
}

interface Interim {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly rawHeaders: string[];
}

/** Statuses that have no body, and so no trailers. */
const BODILESS = new Set([204, 304]);
/** Interim answers to one request: with as long a head each they are 1 MiB that nobody has asked for. */
const MOST_INTERIM = 64;

/** One request and its answer: asks an endpoint, the next one where it can't be reached, and streams both ways. */
export class Exchange {
  readonly #owner: ExchangeOwner;
  readonly #agents: EndpointAgents;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #head: RequestHead;
  readonly #candidates: EndpointsInTurn;
  #endpoint: Endpoint | null = null;
  #out: ClientRequest | null = null;
  #body: RequestBody | null = null;
  #answer: IncomingMessage | null = null;
  /** The connect timeout, while an endpoint is being dialed. */
  #deadlineMs: number | null = null;
  #interims = 0;
  #over = false;

  constructor(
    owner: ExchangeOwner,
    agents: EndpointAgents,
    incoming: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
  ) {
    this.#owner = owner;
    this.#agents = agents;
    this.#request = incoming;
    this.#response = response;
    this.#head = head;
    this.#candidates = owner.session.candidates();
  }

  start(): void {
    this.#next(null, null);
  }

  /** Ends a dial that takes too long. */
  tick(nowMs: number): void {
    if (this.#deadlineMs === null || nowMs < this.#deadlineMs || this.#over) return;
    this.#dialFailed('connect_timeout', null);
  }

  /** Nobody is there any more to be answered. */
  abandon(): void {
    const done = this.#over && (this.#body === null || this.#request.complete);
    this.#over = true;
    // One that is done has given its connection back.
    if (!done) this.#out?.destroy();
  }

  /** The client has taken what it was given. */
  clientDrained(): void {
    if (this.#answer !== null) this.#answer.resume();
    else this.#out?.socket?.resume();
  }

  #next(failure: ConnectFailure | null, code: string | null): void {
    const endpoint = this.#candidates.next();
    if (endpoint !== null) this.#ask(endpoint);
    else this.#failed(failure ?? this.#owner.session.rules.pool.empty, code);
  }

  #ask(endpoint: Endpoint): void {
    const { session } = this.#owner;
    const { fields, target, hostAt } = this.#head;
    // HTTP/1.0 may come without; HTTP/1.1, in which we ask, may not.
    if (hostAt >= 0) fields[hostAt] = endpoint.path === null ? endpoint.text : 'localhost';
    const out = request({
      agent: this.#agents.of(endpoint),
      method: this.#request.method,
      path: target,
      headers: fields,
      insecureHTTPParser: false,
    });
    this.#endpoint = endpoint;
    this.#out = out;
    out.on('response', this.#onAnswer);
    out.on('error', (error: NodeJS.ErrnoException) => this.#onError(out, error.code));
    out.on('upgrade', this.#onUpgrade);
    out.on('information', this.#onInterim);
    if (out.reusedSocket) {
      session.reuses(endpoint);
      this.#send(out);
      return;
    }
    session.dialing(endpoint);
    const { connectMs } = session.rules.plan.timeouts;
    this.#deadlineMs = connectMs > 0 ? session.rules.context.now() + connectMs : Number.POSITIVE_INFINITY;
    out.once('socket', (socket) => socket.once('connect', () => this.#connected(out)));
    // Without a body nothing is lost where it is not reached; a body waits until it is.
    if (!this.#head.body) out.end();
  }

  #connected(out: ClientRequest): void {
    if (this.#over || out !== this.#out) return;
    this.#deadlineMs = null;
    this.#owner.session.connected();
    if (this.#head.body) this.#send(out);
  }

  #send(out: ClientRequest): void {
    if (this.#head.body) this.#body = new RequestBody(this.#request, out);
    else out.end();
  }

  #onError(out: ClientRequest, code: string | undefined): void {
    if (out !== this.#out) return;
    this.#body?.discard();
    if (this.#over) return;
    if (this.#deadlineMs !== null) this.#dialFailed(connectFailure(code), code ?? null);
    else if (this.#answer !== null) this.#broke(code);
    else if (out.reusedSocket && this.#head.repeatable && this.#interims === 0) this.#askAgain();
    else if (code?.startsWith('HPE_')) this.#failed('answer_invalid', code);
    else this.#failed(breakReason('endpoint', code), code ?? null);
  }

  /** The endpoint had closed a connection that was kept (RFC 9112 §9.3.1): its others are as old, so a new one is made. */
  #askAgain(): void {
    const endpoint = this.#endpoint!;
    this.#owner.session.rests();
    this.#agents.of(endpoint).dropKept();
    this.#ask(endpoint);
  }

  #dialFailed(failure: ConnectFailure, code: string | null): void {
    const out = this.#out;
    this.#out = null;
    this.#deadlineMs = null;
    out?.destroy();
    this.#owner.session.dialFailed(failure);
    this.#next(failure, code);
  }

  #failed(reason: CloseReason, detail: string | null): void {
    this.#over = true;
    this.#out?.destroy();
    this.#owner.failed(reason, detail);
  }

  #broke(code: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#out?.destroy();
    const invalid = code?.startsWith('HPE_') === true;
    this.#owner.abort(invalid ? 'answer_invalid' : breakReason('endpoint', code), code ?? null);
  }

  readonly #onInterim = ({ statusCode, statusMessage, rawHeaders }: Interim): void => {
    if (this.#over) return;
    this.#interims++;
    if (this.#interims > MOST_INTERIM) {
      this.#failed('answer_invalid', 'interim_answers');
      return;
    }
    if (this.#request.httpVersion === '1.0') return;
    if (statusCode !== 100) {
      const fields = answerFields(statusCode, rawHeaders, false) ?? [];
      const head = interimHead(statusCode, statusMessage, fields);
      if (this.#response.socket?.write(head, 'latin1') === false) this.#out!.socket!.pause();
    } else if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
  };

  readonly #onAnswer = (answer: IncomingMessage): void => {
    if (this.#over) {
      answer.resume();
      return;
    }
    // Interim answers may have held it; from here on the answer itself does.
    if (this.#interims > 0) this.#out!.socket?.resume();
    const { method, httpVersion } = this.#request;
    const status = answer.statusCode!;
    const trailers = httpVersion === '1.1' && method !== 'HEAD' && !BODILESS.has(status);
    const fields = answerFields(status, answer.rawHeaders, trailers);
    const response = this.#response;
    response.sendDate = false;
    if (this.#owner.leaving) response.shouldKeepAlive = false;
    try {
      if (fields !== null) response.writeHead(status, answer.statusMessage ?? '', fields);
    } catch {
      // What Node's client reads its server does not always write.
    }
    if (!response.headersSent) {
      this.#failed('answer_invalid', fields === null ? 'transfer_coding' : 'head');
      return;
    }
    this.#answer = answer;
    answer.on('data', this.#onData);
    answer.on('end', this.#onEnd);
    answer.on('error', (error: NodeJS.ErrnoException) => this.#broke(error.code));
  };

  readonly #onData = (chunk: Uint8Array): void => {
    if (!this.#response.write(chunk)) this.#answer!.pause();
  };

  readonly #onEnd = (): void => {
    if (this.#over) return;
    this.#over = true;
    const { rawTrailers } = this.#answer!;
    if (rawTrailers.length > 0) this.#response.addTrailers(passedTrailers(rawTrailers));
    this.#response.once('finish', () => this.#owner.answered());
    this.#response.end();
    this.#owner.session.rests();
  };

  readonly #onUpgrade = (answer: IncomingMessage, socket: Socket, first: Uint8Array): void => {
    socket.on('error', ignore);
    const fields = answerFields(101, answer.rawHeaders, false);
    const protocol = answer.headers.upgrade;
    if (this.#over || !this.#head.upgrade || fields === null || protocol === undefined) {
      socket.destroy();
      if (!this.#over) this.#failed('answer_invalid', 'upgrade');
      return;
    }
    this.#over = true;
    fields.push('Connection', 'Upgrade', 'Upgrade', protocol);
    this.#owner.upgraded(socket, interimHead(101, answer.statusMessage ?? '', fields), first);
  };
}

/** Whatever happens to the socket, its `close` follows. */
function ignore(): void {}
