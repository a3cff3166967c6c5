import type { ListenOptions } from 'node:net';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux } from '../../linux/on-linux.ts';
import { type Sockets, until } from '../../linux/sockets.ts';

const { EPOLL } = await fromLinux(() => import('../../../src/linux/epoll.ts'));

/** A queue of one holds two; then the kernel drops whoever knocks. */
const BACKLOG = 1;
const FILLERS = 2;

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
