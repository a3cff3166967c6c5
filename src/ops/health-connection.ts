import type { Socket } from 'node:net';
import type { Clock } from '../observe/clock.ts';
import { STOP_MS } from './bounded-server.ts';
import { type HealthRequest, parseHealthRequest } from './health-request.ts';

/** An answer: its body, and the header fields before `Date`, in order. */
export interface HealthAnswer {
  readonly status: '200 OK' | '503 Service Unavailable';
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** From the accept, or the first byte of a request, to its last byte. The client has as long to read an answer. */
const REQUEST_MS = 10_000;
/** How long a connection may be idle between two requests. */
const IDLE_MS = 90_000;
/** How long the client may keep its side open after ours is closed. */
const LINGER_MS = 1000;

/** The field `Connection`, by the minor version of HTTP/1.x: sent only if it differs from the version's default. */
const CONNECTION = { keep: ['keep-alive', null], end: [null, 'close'] } as const;

const NOTHING = Buffer.alloc(0);

/**
 * One connection of a server that answers as Go's net/http server does, byte for byte; Node's own server answers HTTP/1.1 to
 * HTTP/1.0 and orders the fields differently. Requests are answered one at a time. While a client does not read its answers,
 * no more requests are read from it.
 */
export class HealthConnection {
  readonly #socket: Socket;
  readonly #answer: (target: string) => HealthAnswer;
  readonly #answered: () => void;
  readonly #clock: Clock;
  #bytes: Buffer = NOTHING;
  /** The request whose body is being skipped. */
  #request: HealthRequest | null = null;
  /** Bytes of that body that have not come yet. */
  #left = 0;
  #isEnding = false;
  #isIdle = false;
  #isLast = false;
  #cancel: () => void = () => {};

  constructor(socket: Socket, answer: (target: string) => HealthAnswer, answered: () => void, clock: Clock) {
    this.#socket = socket;
    this.#answer = answer;
    this.#answered = answered;
    this.#clock = clock;
    this.#within(REQUEST_MS);
    socket.on('error', () => {});
    socket.on('close', () => this.#cancel());
    socket.on('drain', () => this.#resume());
    socket.on('data', (chunk) => this.#feed(chunk));
  }

  /** The server stops: an idle connection closes at once, any other after its next answer, or within a second. */
  leave(): void {
    this.#isLast = true;
    if (this.#isIdle) this.#socket.destroy();
    else if (!this.#isEnding) this.#within(STOP_MS);
  }

  #feed(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#isIdle) this.#within(REQUEST_MS);
    this.#isIdle = false;
    this.#run();
  }

  #resume(): void {
    if (this.#isEnding) return;
    this.#within(IDLE_MS);
    this.#isIdle = true;
    this.#run();
    this.#socket.resume();
  }

  #run(): void {
    while (!this.#isEnding && !this.#socket.writableNeedDrain) {
      if (this.#request === null && !this.#parse()) return;
      const skipped = Math.min(this.#left, this.#bytes.length);
      this.#bytes = this.#bytes.subarray(skipped);
      this.#left -= skipped;
      if (this.#left > 0) return;
      const request = this.#request;
      this.#request = null;
      if (request !== null) this.#reply(request);
    }
  }

  /** False if there is no complete request yet, or none to answer. */
  #parse(): boolean {
    const parsed = parseHealthRequest(this.#bytes);
    if (parsed.kind === 'more') return false;
    if (parsed.kind === 'refused') {
      const { status } = parsed;
      this.#end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
      );
      return false;
    }
    this.#bytes = this.#bytes.subarray(parsed.length);
    this.#request = parsed.request;
    this.#left = parsed.request.bodyBytes ?? 0;
    return true;
  }

  #reply(request: HealthRequest): void {
    const text = this.#format(request);
    if (request.connection === 'end' || this.#isLast) {
      this.#end(text);
      return;
    }
    this.#within(IDLE_MS);
    this.#isIdle = true;
    if (this.#socket.write(text, 'latin1')) this.#answered();
    else {
      this.#within(REQUEST_MS);
      this.#socket.pause();
    }
  }

  #format({ method, target, minor, connection }: HealthRequest): string {
    const { status, fields, body } = this.#answer(target);
    const word = CONNECTION[connection][minor];
    const all = [
      ...fields,
      ['Date', new Date().toUTCString()],
      ['Content-Length', `${Buffer.byteLength(body)}`],
      ...(word === null ? [] : [['Connection', word]]),
    ];
    const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `HTTP/1.${minor} ${status}\r\n${head}\r\n${method === 'HEAD' ? '' : body}`;
  }

  /** Sends the last bytes. Further input is read and discarded: unread input would reset the connection and lose the answer. */
  #end(text: string): void {
    this.#isEnding = true;
    this.#bytes = NOTHING;
    this.#within(LINGER_MS);
    this.#socket.end(text, 'latin1');
    this.#socket.resume();
  }

  #within(ms: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(ms, () => this.#socket.destroy());
  }
}
