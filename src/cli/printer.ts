import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Lines for a reader that may be slow, or go away. */
export interface Printer {
  /** Resolves when there is room for more, or nobody reads any more. */
  print(line: string): Promise<void>;
  /** True once the reader is gone. */
  readonly closed: boolean;
}

export function createPrinter(stream: Writable): Printer {
  let closed = false;
  // EPIPE: `herald inspect | head` ends quietly.
  const gone = () => {
    closed = true;
  };
  stream.on('error', gone).on('close', gone);
  return {
    async print(line) {
      if (closed || stream.write(`${line}\n`)) return;
      await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(gone);
    },
    get closed() {
      return closed;
    },
  };
}
