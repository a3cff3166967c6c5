const NONE: ReadonlyMap<string, string> = new Map();

/**
 * A port or a path that cannot be bound, or a machine that lacks what was asked for: exit status 1. If listeners are the cause,
 * it names all of them, and not only the first.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** Stable: `listen_failed`, … */
  readonly code: string;
  /** Every listener of the plan that could not be opened, by name, and why: one sentence. Empty for other errors. */
  readonly listeners: ReadonlyMap<string, string>;

  constructor(code: string, message: string, cause?: unknown, listeners = NONE) {
    super(message, { cause });
    this.code = code;
    this.listeners = listeners;
  }

  /** The message for people, one line for each thing that is wrong. */
  get lines(): readonly string[] {
    return this.message.split('\n');
  }
}

/** The same error, as that of one listener. */
export function errorOfListener(name: string, { code, message, cause }: StartError): StartError {
  return new StartError(code, message, cause, new Map([[name, message]]));
}

/** One error for all of these, which are of listeners: with the code and the cause of the first, and every message on a line. */
export function joinedErrors(errors: readonly [StartError, ...StartError[]]): StartError {
  const [{ code, cause }] = errors;
  const listeners = new Map(errors.flatMap((error) => [...error.listeners]));
  // An engine that cannot be had has the same message for all of its listeners.
  return new StartError(code, [...new Set(listeners.values())].join('\n'), cause, listeners);
}

/**
 * Runs a task for each of these. A `StartError` of a listener does not keep the others from being tried; then throws one error
 * for all that failed. Any other error is thrown at once.
 */
export function tryEach<T>(all: Iterable<T>, run: (each: T) => void): void {
  const failed: StartError[] = [];
  for (const each of all) {
    try {
      run(each);
    } catch (error) {
      failed.push(listenerError(error));
    }
  }
  throwJoined(failed);
}

/** The error itself if it is one of listeners. Throws any other. */
export function listenerError(error: unknown): StartError {
  if (error instanceof StartError && error.listeners.size > 0) return error;
  throw error;
}

/** Throws one error for all of these, if there are any. */
export function throwJoined([first, ...others]: readonly StartError[]): void {
  if (first !== undefined) throw joinedErrors([first, ...others]);
}
