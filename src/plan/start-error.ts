/** A port or a path that cannot be bound, or a machine that lacks what was asked for: exit status 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** Stable: `listen_failed`, … */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
