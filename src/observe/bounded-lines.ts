import type { Writable } from 'node:stream';

/** Takes lines, and never makes its caller wait. */
export interface BoundedLines {
  /** Writes one line, or drops and counts it. */
  write(line: string): void;
  /** Lines that nobody will read: there was no room, or the stream failed. */
  readonly dropped: number;
}

function ignore(): void {}

/** About 4000 lines of an access log. */
const MAX_QUEUED = 1024 * 1024;

/**
 * Writes lines to a stream as long as less than `maxQueued` (characters or bytes, as the stream
 * counts) waits in it: a reader that does not read costs lines, never memory.
 */
export function boundLines(stream: Writable, maxQueued: number = MAX_QUEUED): BoundedLines {
  let dropped = 0;
  const settle = (error?: Error | null): void => {
    if (error) dropped++;
  };
  // A stream that fails says so twice, to the write and as an event; the event must not end the process. Many logs of
  // one process may share a stream: one listener is enough for all of them.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  return {
    write(line) {
      if (stream.writableLength + line.length > maxQueued) dropped++;
      else stream.write(line, settle);
    },
    get dropped() {
      return dropped;
    },
  };
}
