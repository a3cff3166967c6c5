import { readFileSync } from 'node:fs';
import type { ListenOptions } from 'node:net';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux } from '../../linux/on-linux.ts';
import { type Sockets, until } from '../../linux/sockets.ts';

const { EPOLL } = await fromLinux(() => import('../../../src/linux/epoll.ts'));

/** A queue of one holds two; then the kernel drops whoever knocks. */
const BACKLOG = 1;
const FILLERS = 2;
const PATIENCE_MS = 10_000;

/** An endpoint that does not answer: its queue is full, and nobody accepts. Until it wakes up. */
export class StuckEndpoint {
  readonly port: number;
  readonly #sockets: Sockets;
  readonly #fd: number;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
    const { fd, port } = this.#sockets.listener(undefined, BACKLOG);
    this.#fd = fd;
    this.port = port;
    for (let filler = 0; filler < FILLERS; filler++) until(this.#sockets.dial(port), EPOLL.OUT);
    const deadline = performance.now() + PATIENCE_MS;
    while (queuedAt(port) < FILLERS) {
      if (performance.now() > deadline) throw new Error(`the queue of port ${port} does not fill`);
    }
  }

  /** Accepts from now on: who was dropped is answered when its kernel tries again, after about a second. */
  async wake(): Promise<ScriptedEndpoint> {
    // Node takes the descriptor over, and makes its queue longer. Its types know nothing of that.
    const options = { fd: this.#sockets.release(this.#fd) } as ListenOptions;
    const endpoint = await ScriptedEndpoint.start(options);
    for (let filler = 0; filler < FILLERS; filler++) (await endpoint.accept()).destroy();
    return endpoint;
  }
}

/** A listener of 127.0.0.1 as /proc/net/tcp has it: local and remote address, state, and the two queues. */
const LISTENER = /^ *\d+: 0100007F:([0-9A-F]{4}) \S+ 0A \S+:([0-9A-F]+) /gm;

/**
 * How many connections wait to be accepted. A client's connect is complete before the listener has its last packet, so
 * for a moment the queue may be shorter than the clients believe.
 */
function queuedAt(port: number): number {
  for (const [, listening, queued] of readFileSync('/proc/net/tcp', 'latin1').matchAll(LISTENER)) {
    if (Number.parseInt(listening!, 16) === port) return Number.parseInt(queued!, 16);
  }
  throw new Error(`nobody listens on port ${port}`);
}
