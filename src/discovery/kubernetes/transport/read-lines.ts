import type { DiscoveryClock } from '../../discovery-clock.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type { ApiExchange } from './connections.ts';
import { LineSplitter } from './line-splitter.ts';

/** W3: 150 s = 2.5 periods of the bookmarks. */
const SILENT_MS = 150_000;
/** W11: a slice of 1000 endpoints has about 300 kB. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/**
 * Hands over the lines of a body as they come, until `take` returns false. Resolves with how it ended: null where the
 * server, or `take`, ended it well.
 */
export function readLines(
  { answer, cancel }: ApiExchange,
  take: (line: string) => boolean,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<ApiFailure | null> {
  return new Promise((resolve) => {
    const lines = new LineSplitter(MAX_LINE_BYTES);
    let isOver = false;
    let cancelRest = () => {};
    const settle = (result: ApiFailure | null) => {
      isOver = true;
      cancelRest();
      signal.removeEventListener('abort', stop);
      resolve(result);
    };
    const end = (result: ApiFailure | null) => {
      settle(result);
      cancel();
    };
    const rest = () => {
      cancelRest();
      cancelRest = clock.after(SILENT_MS, () =>
        end(failure('silent', `no sign of life for ${SILENT_MS / 1000} s`)),
      );
    };
    const stop = () => end(failure('stopped', 'it was stopped'));
    rest();
    signal.addEventListener('abort', stop);
    answer.read(
      (chunk) => {
        if (isOver) return;
        const isShort = lines.push(chunk, (line) => {
          rest();
          if (take(line)) return true;
          end(null);
          return false;
        });
        if (!isShort) end(failure('bad_answer', `a line of more than ${MAX_LINE_BYTES} bytes`));
      },
      (failed) => {
        if (isOver) return;
        // W6: half a line is a lost connection, however politely it was closed.
        settle(failed ?? (lines.isWithinLine ? failure('reset', 'it ended within a line') : null));
      },
    );
    if (signal.aborted) stop();
  });
}
