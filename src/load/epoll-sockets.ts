import { EPOLL } from '../linux/epoll.ts';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { openEventfd } from '../linux/eventfd.ts';
import { allocate, free } from '../linux/memory.ts';
import {
  bindTcp,
  close,
  connectTcp,
  connectUnix,
  setBindWithoutPort,
  setNoDelay,
  tcpSocket,
  unixSocket,
} from '../linux/socket.ts';
import { openTimerfd, setTimerfd } from '../linux/timerfd.ts';
import { Loop } from '../loop/loop.ts';
import { EpollConnection } from './epoll-connection.ts';
import type { LoadEndpoint } from './load-plan.ts';
import {
  type Conversation,
  type LoadConnection,
  nowUs,
  OUTPUT_BYTES,
  type SocketOptions,
  type Sockets,
} from './sockets.ts';

const INPUT_BYTES = 256 * 1024;
const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.ET;

/** Sockets on the epoll loop of Herald's Linux engine. The alarm is a timerfd: gaps of 10,000 arrivals/s are 100 µs. */
export class EpollSockets implements Sockets {
  readonly #input = allocate(INPUT_BYTES);
  readonly #output = allocate(OUTPUT_BYTES);
  readonly #poured: ReturnType<typeof allocate>;
  readonly #parts: ConstructorParameters<typeof EpollConnection>[0];
  readonly #wakeFd: number;
  readonly #timerFd: number;
  readonly #loop: Loop;
  readonly #noDelay: boolean;
  #onAlarm: (() => void) | null = null;
  readonly output: Buffer;
  readonly poured: Buffer;

  /** Throws if there are no descriptors for the loop itself. */
  constructor({ pourBytes, noDelay }: SocketOptions) {
    this.#noDelay = noDelay;
    this.#poured = allocate(pourBytes);
    this.output = Buffer.from(this.#output.bytes.buffer);
    this.poured = Buffer.from(this.#poured.bytes.buffer);
    this.#wakeFd = openEventfd();
    this.#timerFd = openTimerfd();
    if (this.#wakeFd < 0 || this.#timerFd < 0) throw new Error('no file descriptors for the event loop');
    this.#loop = new Loop({ now: () => nowUs() / 1000, wakeFd: this.#wakeFd, woken: () => false });
    this.#loop.watch(this.#timerFd, EPOLL.IN | EPOLL.ET, { ready: () => this.#alarm() });
    this.#parts = {
      loop: this.#loop,
      input: this.#input,
      inputBuffer: Buffer.from(this.#input.bytes.buffer),
      output: this.#output,
      poured: this.#poured,
    };
  }

  connect(
    endpoint: LoadEndpoint,
    from: Uint8Array | null,
    conversation: Conversation,
  ): LoadConnection | string {
    const fd = endpoint.kind === 'tcp' ? tcpSocket(endpoint.ip) : unixSocket();
    if (fd < 0) return errnoName(-fd);
    if (this.#noDelay && endpoint.kind === 'tcp') setNoDelay(fd);
    const result = begin(fd, endpoint, from);
    // EAGAIN too is a failure: a unix socket whose backlog is full does not connect later.
    if (result < 0 && result !== -ERRNO.EINPROGRESS) {
      close(fd);
      return errnoName(-result);
    }
    const connection = new EpollConnection(this.#parts, fd, conversation);
    const watched = this.#loop.watch(fd, WATCHED, connection);
    if (watched >= 0) return connection;
    close(fd);
    return errnoName(-watched);
  }

  now(): number {
    return nowUs();
  }

  setAlarm(atUs: number, onAlarm: () => void): void {
    this.#onAlarm = onAlarm;
    setTimerfd(this.#timerFd, atUs - nowUs());
  }

  later(work: () => void): void {
    this.#loop.again(work);
  }

  async run(done: () => boolean): Promise<void> {
    while (!done()) this.#loop.turn();
    // One more turn: descriptors closed in the last one are released before the next phase opens connections.
    this.#loop.again(() => {});
    this.#loop.turn();
  }

  waitedUs(): number {
    return this.#loop.waitedMs * 1000;
  }

  stop(): void {
    this.#loop.stop();
    close(this.#timerFd);
    close(this.#wakeFd);
    for (const memory of [this.#input, this.#output, this.#poured]) free(memory);
  }

  #alarm(): void {
    const onAlarm = this.#onAlarm;
    this.#onAlarm = null;
    onAlarm?.();
  }
}

function begin(fd: number, endpoint: LoadEndpoint, from: Uint8Array | null): number {
  if (endpoint.kind === 'unix') return connectUnix(fd, endpoint.path);
  if (from !== null) {
    setBindWithoutPort(fd);
    const bound = bindTcp(fd, from, 0);
    if (bound < 0) return bound;
  }
  return connectTcp(fd, endpoint.ip, endpoint.port);
}
