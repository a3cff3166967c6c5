import { ERRNO } from '../../linux/errno.ts';
import { type Pipe, splice } from '../../linux/pipe.ts';
import type { Side } from './side.ts';
import { type Transfer, type Transferring, transfer } from './transfer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** After this many full reads in a row a direction is spliced: 8 · 64 KiB = 512 KiB. Small traffic never reaches it. */
const BULK_READS = 8;
/** The size of one splice; the capacity of the pipe limits it further. */
const SPLICE_BYTES = 1 << 20;
/** Errors of a sandbox (seccomp, gVisor) that forbids splice. They occur before a byte has moved. */
const FORBIDDEN: readonly number[] = [-ERRNO.EPERM, -ERRNO.EACCES, -ERRNO.ENOSYS];
/** The most splices of one direction in a row before other descriptors are served. */
const MOST_SPLICES = 64;

/**
 * One direction of a session. Bytes are copied through the worker's buffer. After several full reads in a row they are
 * spliced through a pipe inside the kernel, until the direction pauses.
 */
export class Flow implements Transferring {
  readonly from: Side;
  readonly to: Side;
  /** It continues in the next turn of the loop. */
  queued = false;
  #fullReads = 0;
  #pipe: Pipe | null = null;
  /** Bytes in the pipe. */
  #piped = 0;

  constructor(from: Side, to: Side) {
    this.from = from;
    this.to = to;
  }

  /** True while bytes wait for the other side; then no more are read. */
  get blocked(): boolean {
    return this.to.backlog !== null || this.#piped > 0;
  }

  /** Moves what can be moved now. The backlog must be empty. */
  move(parts: WorkerParts): Transfer {
    if (this.#pipe === null && !this.from.readOn && this.#fullReads >= BULK_READS) {
      this.#pipe = parts.pipes.acquire();
    }
    if (this.#pipe !== null) return this.#splice(this.#pipe, parts);
    return transfer(this, parts.buffer);
  }

  /** Releases its pipe: the session is over. */
  stop({ pipes }: WorkerParts): void {
    if (this.#pipe === null) return;
    if (this.#piped === 0) pipes.release(this.#pipe);
    else pipes.discard(this.#pipe);
    this.#pipe = null;
  }

  /** Bytes were read. `full`: as many as one read can return. */
  moved(bytes: number, full: boolean): void {
    this.#fullReads = full ? this.#fullReads + 1 : 0;
    this.#count(bytes);
  }

  #count(bytes: number): void {
    const { ledger } = this.from.owner;
    if (this.from.isClient) ledger.sentToEndpoint(bytes);
    else ledger.sentToClient(bytes);
  }

  #splice(pipe: Pipe, parts: WorkerParts): Transfer {
    const { from, to } = this;
    for (let count = 0; count < MOST_SPLICES; count++) {
      while (this.#piped > 0) {
        const out = splice(pipe.read, to.fd, this.#piped);
        if (out > 0) this.#piped -= out;
        else if (out === -ERRNO.EAGAIN) return { kind: 'full' };
        else if (out !== -ERRNO.EINTR) return { kind: 'broken', side: to, errno: -out };
      }
      const taken = from.readOn ? 0 : splice(from.fd, pipe.write, SPLICE_BYTES);
      if (taken > 0) {
        this.#piped += taken;
        this.#count(taken);
      } else if (taken === 0 || taken === -ERRNO.EAGAIN || taken === -ERRNO.EINVAL) {
        // A read finds out why: at a mark of urgent data, splice reports the end of the stream or EAGAIN.
        this.#leave(pipe, parts);
        return transfer(this, parts.buffer);
      } else if (FORBIDDEN.includes(taken)) {
        this.#leave(pipe, parts);
        parts.pipes.giveUp();
        return transfer(this, parts.buffer);
      } else if (taken !== -ERRNO.EINTR) {
        // The kernel reports an error only once; a later read would return the end of the stream.
        return { kind: 'broken', side: from, errno: -taken };
      }
    }
    return { kind: 'turn' };
  }

  /** A direction that pauses releases its pipe for others. */
  #leave(pipe: Pipe, { pipes }: WorkerParts): void {
    pipes.release(pipe);
    this.#pipe = null;
    this.#fullReads = 0;
  }
}
