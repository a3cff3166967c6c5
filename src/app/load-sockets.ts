import type { ListeningSockets, ListeningSocketsOptions } from '../listening/listening-sockets.ts';
import { listenError } from '../plan/listen-error.ts';
import type { Plan } from '../plan/plan.ts';
import { joinedErrors, StartError } from '../plan/start-error.ts';

/**
 * What the process listens on, bound by calls of the kernel: sockets that Node binds cannot be handed to another process.
 * Null if they cannot be had: not on Linux, or koffi has no binary for this machine. With `--reuse-port` that is a `StartError`.
 */
export async function loadSockets(
  platform: string,
  options: ListeningSocketsOptions,
): Promise<ListeningSockets | null> {
  const room =
    platform === 'linux' ? await import('../listening/listening-sockets.ts').catch(() => null) : null;
  if (room !== null) return new room.ListeningSockets(options);
  if (options.reusePort)
    throw new StartError(
      'no_reuse_port',
      '--reuse-port needs Linux, and koffi with a binary for this machine',
    );
  return null;
}

/** Binds what a successor has not inherited, before any of its engines accepts. Throws a `StartError` that names all that fail. */
export function reserveListeners(sockets: ListeningSockets | null, { listeners }: Plan): void {
  const requests = listeners.map((plan) => ({ ...plan, keepaliveMs: 0, plan }));
  sockets?.reserve(requests, ([first, ...others]) => {
    const errorOf = ({ request, error }: typeof first) =>
      listenError(request.plan, error as NodeJS.ErrnoException);
    return joinedErrors([errorOf(first), ...others.map(errorOf)]);
  });
}
