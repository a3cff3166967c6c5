import { unlinkSync } from 'node:fs';
import { close } from '../linux/socket.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import type { ListenAddress } from '../plan/plan.ts';
import {
  adopt,
  bindFirst,
  bindRest,
  duplicateAll,
  type OpenSockets,
  type SocketRequest,
  share,
} from './bind-sockets.ts';
import { HeldSockets, type Wanted } from './held-sockets.ts';

export interface ListeningSocketsOptions {
  /** `--reuse-port`: another process of this user may have the port as well. */
  readonly reusePort?: boolean;
  /** Sockets of the process that this one succeeds. Each is given to the listener of its address, or closed. */
  readonly inherited?: readonly HeldSocket[];
  /** Sockets that a supervisor has passed. They stay open for the life of the process; listeners get duplicates. */
  readonly passed?: readonly HeldSocket[];
}

/** A request that cannot be met, and the error of the bind. */
interface ReserveFailure<T> {
  readonly request: T;
  readonly error: unknown;
}

/**
 * What this process listens on: it binds sockets, or takes those that it has been given.
 *
 *     systemd ───────── passed ──────┐
 *     the old process ─ inherited ───┼─▶ ListeningSockets ── open ──▶ engines: a descriptor or more for each worker
 *     bind-sockets ──────────────────┘          │                ──▶ ops servers: one
 *                                             unlink: the path of a unix socket, unless another process has it
 *
 * Every socket of the old process is kept, however many workers this one has: a socket that is closed resets the clients in
 * its queue, and the kernel may put one there between the last accept and the close.
 */
export class ListeningSockets {
  readonly #reusePort: boolean;
  readonly #passed: HeldSockets;
  #inherited: HeldSockets;
  /** Unix addresses of the old process that nobody has asked for here. It does not remove their paths any more. */
  #left: readonly ListenAddress[] = [];
  /** Paths of unix sockets that are not removed here: another process has them too. */
  #lent: ReadonlySet<string>;

  constructor({ reusePort = false, inherited = [], passed = [] }: ListeningSocketsOptions = {}) {
    this.#reusePort = reusePort;
    this.#inherited = new HeldSockets(inherited);
    this.#passed = new HeldSockets(passed);
    this.#lent = new Set(pathsOf(inherited));
  }

  /** Whether the address is open already, in a socket that nobody here has asked for yet. */
  has(wanted: Wanted): boolean {
    return this.#inherited.find(wanted).length > 0 || this.#isPassed(wanted);
  }

  /**
   * Opens an address with at least one descriptor for each worker. Throws an error whose `code` is the errno; then nothing is
   * left open.
   */
  open(request: SocketRequest, workers: number): OpenSockets {
    const first = this.#given(request) ?? bindFirst(request, this.#reusePort);
    try {
      // A socket that joins goes with this process, and takes with it who has just come. A socket that was passed stays open.
      return this.#isPassed(request) ? share(first, workers) : bindRest(first, request, workers);
    } catch (error) {
      this.unlink(first.address);
      throw error;
    }
  }

  /**
   * Binds each address that is not open yet, for `open` to take later. A process that succeeds another must not accept a client
   * before it is sure of all of its addresses. If some requests cannot be met, throws the error that `failing` makes of all of
   * them, and leaves nothing open.
   */
  reserve<T extends SocketRequest>(
    requests: readonly T[],
    failing: (failures: readonly [ReserveFailure<T>, ...ReserveFailure<T>[]]) => Error,
  ): void {
    const bound: HeldSocket[] = [];
    const failed: ReserveFailure<T>[] = [];
    for (const request of requests) {
      if (this.has(request)) continue;
      try {
        const { fds, address } = bindFirst(request, this.#reusePort);
        bound.push({ name: request.name, address, worker: 0, fd: fds[0]! });
      } catch (error) {
        failed.push({ request, error });
      }
    }
    const [first, ...others] = failed;
    if (first !== undefined) {
      for (const { fd, address } of bound) {
        close(fd);
        this.unlink(address);
      }
      throw failing([first, ...others]);
    }
    this.#inherited = new HeldSockets([...this.#inherited, ...bound]);
  }

  /** Removes the path of a unix socket that is closed: a close leaves it behind. */
  unlink(address: ListenAddress): void {
    if (address.kind !== 'unix' || this.#lent.has(address.path)) return;
    if (this.#isPassed({ name: '', listen: address })) return;
    try {
      unlinkSync(address.path);
    } catch {
      // It has been removed already.
    }
  }

  /**
   * Closes inherited sockets that no listener has asked for, besides those that are still `wanted`. The process that they come
   * from still has them.
   */
  closeRest(wanted: readonly Wanted[] = []): void {
    const kept = new Set(wanted.flatMap((each) => this.#inherited.find(each)));
    const rest = [...this.#inherited].filter((held) => !kept.has(held));
    this.#inherited.remove(rest);
    for (const { fd, address } of rest) {
      close(fd);
      if (address.kind === 'unix' && this.#lent.has(address.path)) this.#left = [...this.#left, address];
      else this.unlink(address);
    }
  }

  /** The process that this one succeeds has given up its sockets: paths that nobody serves any more are removed. */
  own(): void {
    this.#lent = new Set();
    for (const address of this.#left) this.unlink(address);
    this.#left = [];
  }

  /** Another process has these sockets from now on; this one only closes its descriptors. */
  lend(sockets: readonly HeldSocket[]): void {
    this.#lent = new Set(pathsOf(sockets));
  }

  /** Sockets that were passed, for whoever succeeds this process. */
  get passed(): readonly HeldSocket[] {
    return [...this.#passed];
  }

  #isPassed(wanted: Wanted): boolean {
    return this.#passed.find(wanted).length > 0;
  }

  #given(request: SocketRequest): OpenSockets | null {
    const inherited = this.#inherited.find(request);
    if (inherited.length > 0) {
      this.#inherited.remove(inherited);
      // A listener of the process before had the address, with a socket for each worker. Nobody would accept from the others.
      const kept = request.exclusive ? inherited.slice(0, 1) : inherited;
      for (const { fd } of inherited.slice(kept.length)) close(fd);
      return adoptAll(kept, request);
    }
    const passed = this.#passed.find(request);
    return passed.length > 0 ? duplicateAll(adoptAll(passed, request)) : null;
  }
}

function adoptAll(held: readonly HeldSocket[], request: SocketRequest): OpenSockets {
  for (const { fd } of held) adopt(fd, request);
  return { fds: held.map(({ fd }) => fd), distinct: held.length, address: held[0]!.address };
}

function pathsOf(sockets: readonly HeldSocket[]): string[] {
  return sockets.flatMap(({ address }) => (address.kind === 'unix' ? [address.path] : []));
}
