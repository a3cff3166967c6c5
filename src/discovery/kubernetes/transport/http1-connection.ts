import { Agent, type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type ApiFailure, failure, failureOfError } from '../failure.ts';
import type { ApiAnswer, ApiConnection, ConnectionEvents, Request, RequestMessage } from './connection.ts';

/** HTTP/1.1: one request at a time; the next one may follow once the response has been read completely. */
export class Http1Connection implements ApiConnection {
  readonly isHttp2 = false;
  readonly #url: URL;
  readonly #socket: Socket;
  /** An agent for this one socket: Node's agent knows whether a connection can be reused after a response. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #isProven = false;
  #isBusy = false;
  #isRetired = false;

  constructor(url: URL, socket: Socket, events: ConnectionEvents) {
    this.#url = url;
    this.#socket = socket;
    Object.assign(this.#agent, { createConnection: () => socket });
    this.#agent.on('free', () => {
      this.#isBusy = false;
      if (this.#isRetired) this.destroy();
      else events.freed();
    });
    socket.once('close', () => {
      this.#agent.destroy();
      events.closed();
    });
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  hasRoom(): boolean {
    return !this.#isBusy && !this.#isRetired && this.#socket.readable && this.#socket.writable;
  }

  send({ method, path, headers, body }: RequestMessage): Request {
    this.#isBusy = true;
    let request: ClientRequest;
    try {
      const { host } = this.#url;
      request = startRequest({ agent: this.#agent, method, path, headers: { host, ...headers } });
    } catch (error) {
      this.destroy();
      return { answer: Promise.resolve(failureOfError(error)), isUnsent: true, cancel() {} };
    }
    const answer = new Promise<ApiAnswer | ApiFailure>((resolve) => {
      request.on('response', (message) => {
        this.#isProven = true;
        resolve(answerOf(message));
      });
      request.on('error', (error) => {
        this.destroy();
        resolve(failureOfError(error));
      });
      // After an unrequested status 101 Node closes the connection without any other event.
      request.on('close', () => resolve(failure('reset', 'the connection was closed without a response')));
    });
    request.end(body ?? undefined);
    return { answer, isUnsent: false, cancel: () => this.destroy() };
  }

  check(): void {}

  retire(): void {
    this.#isRetired = true;
    if (!this.#isBusy) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function answerOf(message: IncomingMessage): ApiAnswer {
  let lost: ApiFailure | null = null;
  message.on('error', (error) => {
    lost = failureOfError(error);
  });
  return {
    status: message.statusCode ?? 0,
    header: (name) => message.headers[name]?.toString(),
    read(onChunk, onEnd) {
      const finish = () => {
        const isWhole = message.complete && message.readableEnded;
        onEnd(isWhole ? null : (lost ?? failure('reset', 'the connection was lost')));
      };
      if (message.closed) return finish();
      message.on('close', finish);
      message.on('data', onChunk);
    },
  };
}
