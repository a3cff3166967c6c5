import { close } from '../linux/socket.ts';
import type { Clock } from '../observe/clock.ts';
import { type LineLimiter, limitLines } from '../observe/line-limiter.ts';
import type { Log } from '../observe/log.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { HandOver, type HandOverParts, type TakeOverOutcome } from './hand-over.ts';
import { otherVersion, TAKE_OVER_NAME, TAKE_OVER_VERSION } from './protocol.ts';
import { spawnSuccessor } from './spawn-successor.ts';
import type { SuccessorLink } from './successor-link.ts';
import { createTakeOverServer, type TakeOverServer } from './take-over-server.ts';
import {
  adoptTakeOverSocket,
  openPrivateSocket,
  openTakeOverSocket,
  type TakeOverSocket,
} from './take-over-socket.ts';

/** From SIGUSR2, or from the hello of a process that this one has not started. */
const READY_MS = 30_000;

export interface TakeOverParts extends Pick<HandOverParts, 'sockets' | 'handOver'> {
  /** Where the standing socket is, as `takeOverPath` gives it. */
  readonly path: string;
  /** Where a private folder can be made. */
  readonly temporaryFolder: string;
  /** The command line of this process: the program, and its arguments. */
  readonly program: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Runs a take-over that another process has begun, when nothing else changes the sockets. One that `begin` begins is in its
   * caller's turn.
   */
  readonly turn: (run: () => Promise<void>) => Promise<void>;
  /** A take-over has failed and this process goes on: one sentence. Once each, whoever has begun it. */
  readonly failed: (why: string) => void;
  /** Default: 30 s. */
  readonly readyMs?: number;
}

/** `refused`: nothing was begun, and one sentence says why. */
export type TakeOverResult = TakeOverOutcome | { readonly refused: string };

/**
 * The old process's side of take-overs:
 *
 *     begin() (SIGUSR2) ── spawn-successor ─▶ the successor ─┐ joinPredecessor: take-over-socket, protocol
 *     a process of this user that was started otherwise ─────┤
 *                                                            ▼
 *     take-over-server ── hello ─▶ hand-over ── manifest, descriptors ─▶ ready ─▶ handOver() ─▶ yours
 *
 * One at a time. The standing socket is served from `open` to `stop`, and handed over as the other sockets are. If it could not
 * be opened, each take-over that this process begins has a private one.
 */
export class TakeOver {
  readonly #parts: TakeOverParts;
  readonly #lines: LineLimiter<string>;
  #standing: { readonly socket: TakeOverSocket; readonly server: TakeOverServer } | null = null;
  #current: HandOver | null = null;
  /** Why no take-over can begin any more. */
  #over: string | null = null;

  constructor(parts: TakeOverParts) {
    this.#parts = parts;
    this.#lines = limitLines(parts.clock, (_kind, held, ms) => {
      const seconds = Math.round(ms / 1000);
      parts.log.warn({ held }, `${held} more connections to the take-over socket refused in ${seconds} s`);
    });
  }

  /**
   * Opens the standing socket, or goes on with the one that a predecessor has passed on. To be called when the predecessor
   * has handed over: before that it serves the same queue. It takes the descriptor over. Without the socket's folder there is
   * no standing socket; any other reason is a warning.
   */
  async open(inherited?: HeldSocket): Promise<void> {
    const socket = this.#adopted(inherited) ?? (await openTakeOverSocket(this.#parts.path));
    if ('problem' in socket) {
      if (!socket.isExpected)
        this.#parts.log.warn({ detail: socket.problem }, 'no standing take-over socket');
      return;
    }
    const server = await this.#serve(socket.fd, true);
    this.#standing = { socket, server };
    if (this.#over !== null) await this.#closeStanding();
  }

  /** True from the beginning of a take-over until it is decided. */
  get isUnderWay(): boolean {
    return this.#current !== null;
  }

  /** Resolves when no take-over is under way. */
  async settled(): Promise<void> {
    await this.#current?.decided;
  }

  /** Starts a successor, and resolves when the take-over is decided. */
  async begin(): Promise<TakeOverResult> {
    const refused = this.#over ?? (this.isUnderWay ? 'a take-over is under way' : null);
    if (refused !== null) return { refused };
    const handOver = this.#start();
    const own = this.#standing === null ? await this.#openPrivate(handOver) : null;
    const socket = this.#standing?.socket ?? own?.socket;
    if (socket !== undefined && handOver.isOpen) {
      const { program, env } = this.#parts;
      handOver.follow(spawnSuccessor(program, env, socket.path));
    }
    const outcome = await handOver.decided;
    await own?.server.close();
    own?.socket.unlink();
    return outcome;
  }

  /** Fails the take-over that is under way, unless the successor is ready already; a successor that this process has started ends. */
  giveUp(): void {
    this.#over ??= 'this process is ending';
    this.#current?.fail(this.#over);
  }

  /** Gives up, and closes the standing socket. Its path goes, unless a successor has it. */
  async stop(): Promise<void> {
    this.giveUp();
    await this.settled();
    await this.#closeStanding();
    this.#lines.stop();
  }

  #adopted(inherited: HeldSocket | undefined): TakeOverSocket | null {
    if (inherited === undefined) return null;
    const { address, fd } = inherited;
    const adopted = address.kind === 'unix' ? adoptTakeOverSocket(address.path, fd) : null;
    if (adopted?.path === this.#parts.path) return adopted;
    close(fd);
    // This process was started with another runtime folder, and nobody else removes the path.
    adopted?.unlink();
    return null;
  }

  /** A socket and its server for this take-over alone. Null if there is no place for it, and the take-over has failed. */
  async #openPrivate(
    handOver: HandOver,
  ): Promise<{ readonly socket: TakeOverSocket; readonly server: TakeOverServer } | null> {
    const { temporaryFolder } = this.#parts;
    let socket: TakeOverSocket | null = null;
    try {
      socket = await openPrivateSocket(temporaryFolder);
      return { socket, server: await this.#serve(socket.fd, false) };
    } catch (error) {
      socket?.unlink();
      const why = (error as Error).message;
      handOver.fail(`the take-over socket cannot be opened in ${temporaryFolder}: ${why}`);
      return null;
    }
  }

  #serve(fd: number, isStanding: boolean): Promise<TakeOverServer> {
    return createTakeOverServer(fd, {
      clock: this.#parts.clock,
      arrived: (link, version) => this.#meet(link, version, isStanding),
      stranger: (why, uid) => this.#warn(why, uid),
    });
  }

  #meet(link: SuccessorLink, version: number, isStanding: boolean): void {
    const { pid, uid } = link.peer;
    if (this.#current?.expects(pid)) {
      this.#current.greet(link, version);
      this.#current.give();
      return;
    }
    const refused =
      this.#over ??
      (this.isUnderWay || !isStanding ? 'a take-over is under way' : null) ??
      (version === TAKE_OVER_VERSION ? null : otherVersion(version));
    if (refused !== null) {
      link.refuse(refused);
      this.#warn(refused, uid);
      return;
    }
    const handOver = this.#start();
    handOver.greet(link, version);
    void this.#parts.turn(async () => {
      handOver.give();
      await handOver.decided;
    });
  }

  #start(): HandOver {
    const { sockets, handOver: giveAway, clock, readyMs = READY_MS, log } = this.#parts;
    const handOver = new HandOver({
      clock,
      readyMs,
      sockets: () => [...sockets(), ...this.#ownSockets()],
      handOver: async (successor) => {
        this.#over = 'a successor has taken over';
        // Before the successor serves the same queue. The path is its own from now on.
        void this.#standing?.server.close();
        this.#standing = null;
        try {
          await giveAway(successor);
        } catch (error) {
          // The successor is ready and has every socket: it is told so whatever happened here.
          log.error({ err: error }, 'the hand-over was not finished');
        }
      },
    });
    this.#current = handOver;
    void handOver.decided.then((outcome) => this.#settle(outcome));
    return handOver;
  }

  #ownSockets(): readonly HeldSocket[] {
    if (this.#standing === null) return [];
    const { path, fd } = this.#standing.socket;
    return [{ name: TAKE_OVER_NAME, address: { kind: 'unix', path }, worker: 0, fd }];
  }

  #settle(outcome: TakeOverOutcome): void {
    this.#current = null;
    if (outcome !== 'handed_over') this.#parts.failed(outcome.failed);
  }

  async #closeStanding(): Promise<void> {
    const standing = this.#standing;
    this.#standing = null;
    // The path goes first: whoever connected in between would wait for nobody.
    standing?.socket.unlink();
    await standing?.server.close();
  }

  #warn(why: string, uid: number | null): void {
    if (this.#lines.allow('stranger')) {
      this.#parts.log.warn({ uid, detail: why }, 'connection to the take-over socket refused');
    }
  }
}
