import type { RawAccept } from '../../src/engine/main-thread/accept-batch.ts';

const linux = process.platform === 'linux' ? await import('../../src/linux/socket.ts') : undefined;

/** What programs on Linux give to engines in the main thread. */
export const RAW_ACCEPT: RawAccept | undefined =
  linux === undefined ? undefined : { accept: linux.accept, close: linux.close };
