import type { Writable } from 'node:stream';

/** Writes lines without ever making the caller wait. */
export interface BoundedLines {
  /** Writes one line, or drops and counts it. */
  write(line: string): void;
  /** Lines that were lost, because the queue was full or the stream failed. */
  readonly dropped: number;
}

function ignore(): void {}

/** About 4000 lines of an access log. */
const MAX_QUEUED = 1024 * 1024;

/**
 * Writes lines to a stream while less than `maxQueued` (characters or bytes, as the stream counts) is queued in it. A reader
 * that does not read costs lines, never memory.
 */
export function boundLines(stream: Writable, maxQueued: number = MAX_QUEUED): BoundedLines {
  let dropped = 0;
  const settle = (error?: Error | null): void => {
    if (error) dropped++;
  };
  // A failed stream reports to the write and by an event, and the event must not end the process. Several logs of one process
  // may share a stream, and one listener is enough for all of them.
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
