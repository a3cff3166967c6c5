import type { RawAccept } from '../../src/engine/main-thread/accept-batch.ts';
import type { RawListen } from '../../src/engine/main-thread/open-server.ts';

const linux =
  process.platform === 'linux'
    ? {
        ...(await import('../../src/linux/socket.ts')),
        ...(await import('../../src/listening/listening-sockets.ts')),
      }
    : undefined;

/** What programs on Linux give to engines in the main thread. */
export const RAW_ACCEPT: RawAccept | undefined =
  linux === undefined ? undefined : { accept: linux.accept, close: linux.close };

/** The same, with sockets that the engine can hand over. */
export function rawCalls(): { rawAccept: RawAccept | undefined; rawListen: RawListen | undefined } {
  return { rawAccept: RAW_ACCEPT, rawListen: linux === undefined ? undefined : new linux.ListeningSockets() };
}
