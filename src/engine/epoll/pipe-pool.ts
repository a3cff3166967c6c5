import { openPipe, type Pipe, widenPipe } from '../../linux/pipe.ts';
import { close } from '../../linux/socket.ts';
import type { DescriptorTable } from '../threads/descriptor-table.ts';

/** An unprivileged user's pipes shrink to a page past 1,024: a quarter of that, among all workers. */
const MOST_PIPES = 256;
/** What a wide pipe holds: the most that a user may ask for by default. A GB then takes half the time that it takes with 64 KiB. */
const WIDE_BYTES = 1 << 20;
/** Wide ones, among all workers: 16 MiB of the 64 that an unprivileged user's pipes may hold in all. */
const MOST_WIDE = 16;

/** The pipes of one worker, for what `splice` moves. Each is empty whenever it is in here. */
export class PipePool {
  readonly #free: Pipe[] = [];
  readonly #wide = new Set<Pipe>();
  #most: number;
  readonly #mostWide: number;
  readonly #descriptors: DescriptorTable;
  #count = 0;

  /** `workers` share what a process may have. */
  constructor(workers: number, descriptors: DescriptorTable) {
    this.#descriptors = descriptors;
    this.#most = Math.floor(MOST_PIPES / workers);
    this.#mostWide = Math.max(Math.floor(MOST_WIDE / workers), 1);
  }

  /** A pipe, or null where there is none to be had: then bytes are copied. */
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

  /** A pipe that still holds bytes of a session that is over. */
  discard(pipe: Pipe): void {
    for (const fd of [pipe.read, pipe.write]) {
      close(fd);
      this.#descriptors.closed(fd);
    }
    this.#wide.delete(pipe);
    this.#count--;
  }

  /** There is no use for pipes here: none is given any more, and all bytes are copied. */
  giveUp(): void {
    this.#most = 0;
    this.stop();
  }

  stop(): void {
    for (const pipe of this.#free.splice(0)) this.discard(pipe);
  }
}
