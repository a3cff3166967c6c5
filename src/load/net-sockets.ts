import { connect, type Socket } from 'node:net';
import { formatIp, parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { LoadEndpoint } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';
import {
  type Conversation,
  type LoadConnection,
  nowUs,
  OUTPUT_BYTES,
  type SocketOptions,
  type Sockets,
} from './sockets.ts';

/** Node's timers have a resolution of 1 ms. Closer to the alarm than this, the loop polls, to be on time. */
const NEAR_US = 1500;
/** How often `run` checks whether it is done. */
const CHECK_MS = 5;

/** Sockets of `node:net`, for systems without epoll: the same crowd at lower rates. */
export class NetSockets implements Sockets {
  readonly output = Buffer.alloc(OUTPUT_BYTES);
  readonly poured: Buffer;
  #alarm = 0;

  constructor({ pourBytes }: SocketOptions) {
    this.poured = Buffer.alloc(pourBytes);
  }

  connect(endpoint: LoadEndpoint, from: Uint8Array | null, conversation: Conversation): LoadConnection {
    return new NetConnection(this, open(endpoint, from), conversation);
  }

  now(): number {
    return nowUs();
  }

  setAlarm(atUs: number, onAlarm: () => void): void {
    const alarm = ++this.#alarm;
    const look = (): void => {
      if (alarm !== this.#alarm) return;
      const left = atUs - nowUs();
      if (left <= 0) onAlarm();
      else if (left < NEAR_US) setImmediate(look);
      else setTimeout(look, Math.floor((left - NEAR_US) / 1000) + 1);
    };
    setImmediate(look);
  }

  later(work: () => void): void {
    setImmediate(work);
  }

  run(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = setInterval(() => {
        if (!done()) return;
        clearInterval(look);
        resolve();
      }, CHECK_MS);
    });
  }

  waitedUs(): number {
    return performance.eventLoopUtilization().idle * 1000;
  }

  stop(): void {
    this.#alarm++;
  }
}

function open(endpoint: LoadEndpoint, from: Uint8Array | null): Socket {
  if (endpoint.kind === 'unix') return connect({ path: endpoint.path });
  return connect({
    host: formatIp(endpoint.ip),
    port: endpoint.port,
    noDelay: true,
    allowHalfOpen: true,
    ...(from === null ? {} : { localAddress: formatIp(from) }),
  });
}

class NetConnection implements LoadConnection {
  readonly #sockets: NetSockets;
  readonly #socket: Socket;
  #closed = false;

  constructor(sockets: NetSockets, socket: Socket, conversation: Conversation) {
    this.#sockets = sockets;
    this.#socket = socket;
    const open = (call: () => void) => () => {
      if (!this.#closed) call();
    };
    socket.on(
      'connect',
      open(() => conversation.connected()),
    );
    socket.on('data', (bytes) => {
      if (!this.#closed) conversation.received(bytes, bytes.length);
    });
    socket.on(
      'end',
      open(() => conversation.ended()),
    );
    socket.on(
      'drain',
      open(() => conversation.writable()),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#closed) return;
      this.#closed = true;
      conversation.failed(error.code ?? 'EIO');
    });
  }

  send(length: number): void {
    // A copy: Node keeps what it cannot write at once, and `output` is overwritten by the next message.
    this.#socket.write(Buffer.from(this.#sockets.output.subarray(0, length)));
  }

  pour(): number {
    if (this.#closed || this.#socket.writableNeedDrain) return 0;
    this.#socket.write(this.#sockets.poured);
    return this.#sockets.poured.length;
  }

  get ending(): boolean {
    return this.#socket.readableEnded;
  }

  local(): PlayedClient | null {
    const { localAddress, localPort } = this.#socket;
    const ip = localAddress === undefined ? undefined : parseIp(localAddress);
    return ip === undefined || localPort === undefined ? null : { ip: unmapped(ip), port: localPort };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroySoon();
  }
}
