/** A port or a path that can't be bound, or a machine that lacks what was asked: exit status 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** Stable: `listen_failed`, … */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
