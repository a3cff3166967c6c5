import { openPipe, type Pipe, widenPipe } from '../../linux/pipe.ts';
import { close } from '../../linux/socket.ts';
import type { DescriptorTable } from '../threads/descriptor-table.ts';

/** For all workers together. With more than 1,024 pipes, those of an unprivileged user shrink to a page: a quarter of that. */
const MOST_PIPES = 256;
/** The capacity of a wide pipe: the default maximum for a user. A GB then takes half the time of 64 KiB pipes. */
const WIDE_BYTES = 1 << 20;
/** Wide pipes of all workers together: 16 MiB of the 64 MiB that an unprivileged user may have. */
const MOST_WIDE = 16;

/** The pipes of one worker, for `splice`. Pipes in the pool are empty. */
export class PipePool {
  readonly #free: Pipe[] = [];
  readonly #wide = new Set<Pipe>();
  #most: number;
  readonly #mostWide: number;
  readonly #descriptors: DescriptorTable;
  #count = 0;

  /** `workers` share the limits of the process. */
  constructor(workers: number, descriptors: DescriptorTable) {
    this.#descriptors = descriptors;
    this.#most = Math.floor(MOST_PIPES / workers);
    this.#mostWide = Math.max(Math.floor(MOST_WIDE / workers), 1);
  }

  /** A pipe, or null if none is available; then bytes are copied. */
  acquire(): Pipe | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#count >= this.#most) return null;
    const pipe = openPipe();
    if (typeof pipe === 'number') return null;
    this.#count++;
    if (this.#wide.size < this.#mostWide && widenPipe(pipe, WIDE_BYTES) > 0) this.#wide.add(pipe);
    this.#descriptors.opened(pipe.read);
    this.#descriptors.opened(pipe.write);
    return pipe;
  }

  release(pipe: Pipe): void {
    this.#free.push(pipe);
  }

  /** Closes a pipe that still holds bytes of an ended session. */
  discard(pipe: Pipe): void {
    for (const fd of [pipe.read, pipe.write]) {
      close(fd);
      this.#descriptors.closed(fd);
    }
    this.#wide.delete(pipe);
    this.#count--;
  }

  /** Splice does not work here: no pipe is given from now on, and all bytes are copied. */
  giveUp(): void {
    this.#most = 0;
    this.stop();
  }

  stop(): void {
    for (const pipe of this.#free.splice(0)) this.discard(pipe);
  }
}
