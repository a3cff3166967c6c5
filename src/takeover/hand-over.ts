import { MOST_DESCRIPTORS } from '../linux/pass-descriptors.ts';
import type { Clock } from '../observe/clock.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { formatManifest } from './manifest.ts';
import { NEXT, otherVersion, READY, TAKE_OVER_VERSION, YOURS } from './protocol.ts';
import type { Successor } from './spawn-successor.ts';
import type { SuccessorLink } from './successor-link.ts';

/** How a take-over ended. `failed`: this process still has everything, and one sentence says why. */
export type TakeOverOutcome = 'handed_over' | { readonly failed: string };

export interface HandOverParts {
  readonly clock: Pick<Clock, 'after'>;
  /** How long the successor may take until it is ready. */
  readonly readyMs: number;
  readonly sockets: () => readonly HeldSocket[];
  /**
   * The successor is ready: gives up what only one process can have, and begins to drain. The successor waits for it at most
   * 30 s. It must not reject, and not wait for the take-over itself (`stop`, `settled`). `pid` is 0 if the successor is in
   * another pid namespace.
   */
  readonly handOver: (successor: { readonly pid: number }) => Promise<void>;
}

/** A process that ends closes its connection a moment before its status is known. The status says more. */
const STATUS_MS = 2000;

type Phase = 'awaited' | 'sending' | 'starting' | 'ready' | 'decided';

/**
 * One take-over on the side of the old process, from its beginning until it is decided:
 *
 *     awaited ── hello ──▶ sending ── all descriptors ──▶ starting ── ready ──▶ ready ── handOver() ──▶ decided: handed over
 *        └──────────────────────┴─────────────────────────────┴── fail ──▶ decided: failed
 *
 * In the first three it can fail or be given up, and nothing has changed. When it is decided the successor either has
 * everything, or (if this process has started it) has ended.
 */
export class HandOver {
  readonly decided: Promise<TakeOverOutcome>;
  readonly #parts: HandOverParts;
  #decide!: (outcome: TakeOverOutcome | Promise<TakeOverOutcome>) => void;
  #phase: Phase = 'awaited';
  #successor: Successor | null = null;
  #link: SuccessorLink | null = null;
  /** The sockets of the manifest whose descriptors have not been sent yet. */
  #unsent: readonly HeldSocket[] = [];
  readonly #cancels = new Set<() => void>();

  constructor(parts: HandOverParts) {
    this.#parts = parts;
    this.decided = new Promise((resolve) => {
      this.#decide = resolve;
    });
    const { readyMs } = parts;
    this.#after(readyMs, () =>
      this.fail(`the successor was not ready within ${Math.round(readyMs / 1000)} s`),
    );
  }

  /** False once it has failed, or the successor has everything. */
  get isOpen(): boolean {
    return this.#phase !== 'decided';
  }

  /** True if this process waits for the process `pid`, which it has started, to say hello. */
  expects(pid: number): boolean {
    return this.#phase === 'awaited' && this.#successor !== null && this.#successor.pid === pid;
  }

  /** This process has started the successor. */
  follow(successor: Successor): void {
    this.#successor = successor;
    void successor.ended.then((why) => this.fail(why));
  }

  /** The successor has said hello. It waits for `give`. */
  greet(link: SuccessorLink, version: number): void {
    this.#link = link;
    link.follow({ line: (text) => this.#hear(text), lost: () => this.#lose() });
    if (version !== TAKE_OVER_VERSION) this.fail(otherVersion(version));
  }

  /** The sockets do not change from now on: gives them to the successor that has said hello. */
  give(): void {
    const link = this.#link;
    if (this.#phase !== 'awaited' || link === null) return;
    this.#unsent = this.#parts.sockets();
    const manifest = formatManifest(this.#unsent);
    link.send(`manifest ${manifest.length}\n`);
    link.send(manifest);
    this.#phase = this.#unsent.length > 0 ? 'sending' : 'starting';
  }

  /** Gives the take-over up, if it is not too late, with one sentence. */
  fail(why: string): void {
    if (this.#phase === 'decided' || this.#phase === 'ready') return;
    this.#phase = 'decided';
    for (const cancel of this.#cancels) cancel();
    this.#link?.refuse(why);
    this.#successor?.kill();
    const ended = this.#successor?.ended ?? Promise.resolve();
    this.#decide(ended.then(() => ({ failed: why })));
  }

  #hear(line: string | null): void {
    if (this.#phase === 'sending' && line === NEXT) this.#sendNext();
    else if (this.#phase === 'starting' && line === READY) void this.#finish();
    else this.fail('the successor said something that does not belong here');
  }

  #sendNext(): void {
    const batch = this.#unsent.slice(0, MOST_DESCRIPTORS);
    this.#unsent = this.#unsent.slice(batch.length);
    const fds = batch.map(({ fd }) => fd);
    const problem = this.#link!.sendWith(`descriptors ${batch.length}\n`, fds);
    if (problem !== null) this.fail(`the successor did not get its sockets: ${problem}`);
    else if (this.#unsent.length === 0) this.#phase = 'starting';
  }

  async #finish(): Promise<void> {
    const link = this.#link!;
    // It may have ended right after that word: nobody would serve then.
    if (link.hasEnded) {
      this.#lose();
      return;
    }
    this.#phase = 'ready';
    for (const cancel of this.#cancels) cancel();
    try {
      await this.#parts.handOver({ pid: link.peer.pid });
    } finally {
      this.#phase = 'decided';
      link.finish(`${YOURS}\n`);
      this.#decide('handed_over');
    }
  }

  #lose(): void {
    const what = 'the successor closed the connection before it was ready';
    if (this.#successor === null) this.fail(what);
    else if (this.#phase !== 'decided') this.#after(STATUS_MS, () => this.fail(what));
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#parts.clock.after(ms, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }
}
