import { gunzip } from 'node:zlib';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type { ApiExchange } from './connections.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** The 65,536 endpoints that Herald has room for are about 23 MB. Also what gzip may unpack to. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Between one chunk of it and the next. */
const SILENT_MS = 30_000;
/** All of it: twice what an API server gives a request of its own accord (`--request-timeout`). One that drips is away. */
const WHOLE_MS = 120_000;

/** The whole body, unpacked; bounded in size, in how long it may stand still and in how long it may take. Never rejects. */
export async function readBody(
  exchange: ApiExchange,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<Buffer | ApiFailure> {
  const packed = await readAll(exchange, clock, signal);
  if ('code' in packed || exchange.answer.header('content-encoding') !== 'gzip') return packed;
  return new Promise((resolve) => {
    gunzip(packed, { maxOutputLength: MAX_BODY_BYTES }, (error, body) =>
      resolve(error === null ? body : failure('bad_answer', 'the body cannot be unpacked')),
    );
  });
}

function readAll(
  { answer, cancel }: ApiExchange,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<Buffer | ApiFailure> {
  return new Promise((resolve) => {
    const bytes = new GatheredBytes();
    let cancelRest = () => {};
    const end = (result: Buffer | ApiFailure) => {
      cancelRest();
      cancelWhole();
      signal.removeEventListener('abort', stop);
      resolve(result);
      // A connection whose answer was read to its end is used again.
      if ('code' in result) cancel();
    };
    const rest = () => {
      cancelRest();
      cancelRest = clock.after(SILENT_MS, () =>
        end(failure('timeout', `a body stood still for ${SILENT_MS / 1000} s`)),
      );
    };
    const cancelWhole = clock.after(WHOLE_MS, () =>
      end(failure('timeout', `a body was not whole after ${WHOLE_MS / 1000} s`)),
    );
    const stop = () => end(failure('stopped', 'it was stopped'));
    rest();
    signal.addEventListener('abort', stop);
    answer.read(
      (chunk) => {
        rest();
        if (bytes.length + chunk.length <= MAX_BODY_BYTES) bytes.add(chunk);
        else end(failure('bad_answer', `a body of more than ${MAX_BODY_BYTES} bytes`));
      },
      (failed) => end(failed ?? bytes.take()),
    );
    if (signal.aborted) stop();
  });
}
