import type { CloseReason } from '../../src/plan/close-reason.ts';

/** Why a session may end, with the detail of its record: an errno, or a word of ours. `undefined`: whatever the detail. */
interface Ending {
  readonly reason: CloseReason;
  readonly detail: string | null | undefined;
}

/**
 * What one session may end by. Before an event is told, what it may lead to is noted. Once the session is decided nothing is noted any
 * more: what comes later must not replace the reason. Of a step in which nothing is decided the notes are forgotten with the next one.
 */
export class PossibleEndings {
  readonly #endings: Ending[] = [];
  #notedAt = -1;
  /** The step in which it was decided; -1: it is not. */
  decidedAt = -1;

  get isDecided(): boolean {
    return this.decidedAt >= 0;
  }

  note(step: number, reason: CloseReason, detail: string | null | undefined): void {
    if (this.isDecided) return;
    if (this.#notedAt !== step) this.#endings.length = 0;
    this.#notedAt = step;
    this.#endings.push({ reason, detail });
  }

  /** The course has a reason now. False: nothing has happened in this step that ends a session. */
  decide(step: number): boolean {
    if (this.isDecided) return true;
    this.decidedAt = step;
    return this.#notedAt === step;
  }

  /** `rename`: what an ending is called after all, as that of a health check. */
  allows(
    reason: CloseReason,
    detail: string | null,
    rename: (reason: CloseReason) => CloseReason = (same) => same,
  ): boolean {
    return this.#endings.some(
      (each) => rename(each.reason) === reason && (each.detail === undefined || each.detail === detail),
    );
  }

  toString(): string {
    return this.#endings.map(({ reason, detail }) => `${reason} (${detail ?? 'no detail'})`).join(', ');
  }
}
