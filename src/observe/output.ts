import type { Writable } from 'node:stream';

interface TerminalHandle {
  readonly _handle?: { setBlocking?(blocking: boolean): number } | null;
}

/**
 * Makes standard output or error safe for a program that must not wait for its reader: a reader that
 * went away is no error, and a terminal that is held (Ctrl-S) queues. Call it before the first write.
 */
export function prepareOutput(stream: Writable & { readonly isTTY?: boolean }): void {
  // EPIPE comes once for each write; without a listener the first one would end the process.
  stream.on('error', () => {});
  // Node makes terminals blocking: a write into one that is held would stop every connection. It has
  // no public switch for it. Pipes and sockets are left non-blocking by Node; files don't wait.
  if (stream.isTTY === true) (stream as TerminalHandle)._handle?.setBlocking?.(false);
}

/**
 * Resolves when all that was written has been taken, or failed, or the time has passed: what precedes
 * `process.exit`, which throws away what is queued. Without an exit, a full pipe keeps the process.
 */
export function flushOutput(stream: Writable, timeoutMs: number): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    stream.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
