import { openPipe, type Pipe } from '../../linux/pipe.ts';
import { close } from '../../linux/socket.ts';
import type { DescriptorTable } from './descriptor-table.ts';

/** An unprivileged user's pipes shrink to a page past 1,024: a quarter of that, among all workers. */
const MOST_PIPES = 256;

/** The pipes of one worker, for what `splice` moves. Each is empty whenever it is in here. */
export class PipePool {
  readonly #free: Pipe[] = [];
  readonly #most: number;
  readonly #descriptors: DescriptorTable;
  #count = 0;

  /** `workers` share what a process may have. */
  constructor(workers: number, descriptors: DescriptorTable) {
    this.#descriptors = descriptors;
    this.#most = Math.floor(MOST_PIPES / workers);
  }

  /** A pipe, or null where there is none to be had: then bytes are copied. */
  acquire(): Pipe | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#count >= this.#most) return null;
    const pipe = openPipe();
    if (typeof pipe === 'number') return null;
    this.#count++;
    this.#descriptors.opened(pipe.read);
    this.#descriptors.opened(pipe.write);
    return pipe;
  }

  release(pipe: Pipe): void {
    this.#free.push(pipe);
  }

  /** A pipe that still holds bytes of a session that is over. */
  discard(pipe: Pipe): void {
    for (const fd of [pipe.read, pipe.write]) {
      close(fd);
      this.#descriptors.closed(fd);
    }
    this.#count--;
  }

  stop(): void {
    for (const pipe of this.#free.splice(0)) this.discard(pipe);
  }
}
