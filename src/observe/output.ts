import type { Writable } from 'node:stream';

interface TerminalHandle {
  readonly _handle?: { setBlocking?(blocking: boolean): number } | null;
}

/**
 * Prepares standard output or error for a program that must not wait for its reader: a reader that has gone is not an error,
 * and a stopped terminal (Ctrl-S) queues. Call it before the first write.
 */
export function prepareOutput(stream: Writable & { readonly isTTY?: boolean }): void {
  // Each write fails with EPIPE; without a listener the first one would end the process.
  stream.on('error', () => {});
  // Node makes terminals blocking, so a write into a stopped one would stop every connection. There is no public option for
  // it. Pipes and sockets are non-blocking in Node, and files do not wait.
  if (stream.isTTY === true) (stream as TerminalHandle)._handle?.setBlocking?.(false);
}

/**
 * Resolves once everything that was written is flushed, or has failed, or the time is over. Call it before `process.exit`,
 * which discards what is queued.
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
