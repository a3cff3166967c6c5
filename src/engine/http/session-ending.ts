import type { CloseReason } from '../../plan/close-reason.ts';

/** How a session ends. The first word counts: what comes of an ending is none. */
export class SessionEnding {
  reason: CloseReason | null = null;
  detail: string | null = null;
  /** What a refused client sent. */
  firstBytes: Uint8Array | null = null;

  set(reason: CloseReason, detail: string | null = null, firstBytes: Uint8Array | null = null): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.detail = detail;
    this.firstBytes = firstBytes;
  }
}
