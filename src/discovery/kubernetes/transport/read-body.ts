import { gunzip } from 'node:zlib';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type { ApiExchange } from './connections.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** The 65,536 endpoints that Herald has room for are about 23 MB. Also the limit for the decompressed size. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Limit between two chunks. */
const SILENT_MS = 30_000;
/** Limit for the whole body: twice the default `--request-timeout` of an API server. A slower server counts as down. */
const WHOLE_MS = 120_000;

/** Reads the whole body and decompresses it. Its size, its total time and the time between chunks are bounded. Never rejects. */
export async function readBody(
  exchange: ApiExchange,
  clock: DiscoveryClock,
  signal: AbortSignal,
): Promise<Buffer | ApiFailure> {
  const packed = await readAll(exchange, clock, signal);
  if ('code' in packed || exchange.answer.header('content-encoding') !== 'gzip') return packed;
  return new Promise((resolve) => {
    gunzip(packed, { maxOutputLength: MAX_BODY_BYTES }, (error, body) =>
      resolve(error === null ? body : failure('bad_answer', 'the body cannot be decompressed')),
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
      // After a complete response the connection is reused, so the request is cancelled only on failure.
      if ('code' in result) cancel();
    };
    const rest = () => {
      cancelRest();
      cancelRest = clock.after(SILENT_MS, () =>
        end(failure('timeout', `no data of the body for ${SILENT_MS / 1000} s`)),
      );
    };
    const cancelWhole = clock.after(WHOLE_MS, () =>
      end(failure('timeout', `the body was not complete after ${WHOLE_MS / 1000} s`)),
    );
    const stop = () => end(failure('stopped', 'the request was cancelled'));
    rest();
    signal.addEventListener('abort', stop);
    answer.read(
      (chunk) => {
        rest();
        if (bytes.length + chunk.length <= MAX_BODY_BYTES) bytes.add(chunk);
        else end(failure('bad_answer', `the body is larger than ${MAX_BODY_BYTES} bytes`));
      },
      (failed) => end(failed ?? bytes.drain()),
    );
    if (signal.aborted) stop();
  });
}
