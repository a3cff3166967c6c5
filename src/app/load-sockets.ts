import type { ListeningSockets, ListeningSocketsOptions } from '../listening/listening-sockets.ts';

/**
 * What the process listens on, bound by calls of the kernel: sockets that Node binds cannot be handed to another process.
 * Null if they cannot be had: not on Linux, or koffi has no binary for this machine.
 */
export async function loadSockets(
  platform: string,
  options: ListeningSocketsOptions,
): Promise<ListeningSockets | null> {
  if (platform !== 'linux') return null;
  try {
    const { ListeningSockets } = await import('../listening/listening-sockets.ts');
    return new ListeningSockets(options);
  } catch {
    return null;
  }
}
