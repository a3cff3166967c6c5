import type { IncomingMessage } from 'node:http';
import { gunzip } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { type Failure, failure } from './failure.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** The 65,536 endpoints that Herald has room for are about 23 MB. Also what gzip may unpack to. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Between one chunk of it and the next. */
const SILENT_MS = 30_000;
/** All of it: twice what an API server gives a request of its own accord (`--request-timeout`). One that drips is away. */
const WHOLE_MS = 120_000;

/** The whole body, unpacked; bounded in size, in how long it may stand still and in how long it may take. Never rejects. */
export async function readBody(response: IncomingMessage, clock: Clock): Promise<Buffer | Failure> {
  const packed = await readAll(response, clock);
  if ('code' in packed || response.headers['content-encoding'] !== 'gzip') return packed;
  return new Promise((resolve) => {
    gunzip(packed, { maxOutputLength: MAX_BODY_BYTES }, (error, body) =>
      resolve(error === null ? body : failure('bad_answer', 'the body can not be unpacked')),
    );
  });
}

function readAll(response: IncomingMessage, clock: Clock): Promise<Buffer | Failure> {
  return new Promise((resolve) => {
    const bytes = new GatheredBytes();
    let cancel = () => {};
    const end = (result: Buffer | Failure) => {
      cancel();
      cancelWhole();
      resolve(result);
      // A connection whose answer was read to its end is used again.
      if ('code' in result) response.destroy();
    };
    const rest = () => {
      cancel();
      cancel = clock.after(SILENT_MS, () =>
        end(failure('silent', `a body stood still for ${SILENT_MS / 1000} s`)),
      );
    };
    const cancelWhole = clock.after(WHOLE_MS, () =>
      end(failure('silent', `a body was not whole after ${WHOLE_MS / 1000} s`)),
    );
    rest();
    response.on('data', (chunk: Buffer) => {
      rest();
      if (bytes.length + chunk.length <= MAX_BODY_BYTES) bytes.add(chunk);
      else end(failure('bad_answer', `a body of more than ${MAX_BODY_BYTES} bytes`));
    });
    response.on('end', () => end(bytes.take()));
    response.on('error', () => end(failure('unreachable', 'the connection was lost within a body')));
    response.on('close', () => end(failure('unreachable', 'the connection was lost within a body')));
  });
}
