import { realClock } from '../observe/clock.ts';
import type { Host } from '../observe/host.ts';
import type { Log } from '../observe/log.ts';
import type { Notifier } from '../systemd/notifier.ts';

/** What the service manager is told of a running Herald; nothing if there is none that waits for it. */
export type ServiceNotices = Pick<Notifier, 'ready' | 'reloading' | 'stopping' | 'handedOver' | 'end'>;

const SILENT: ServiceNotices = {
  ready: () => {},
  reloading: () => {},
  stopping: () => {},
  handedOver: () => {},
  end: () => {},
};

/**
 * Notices for systemd, if it set NOTIFY_SOCKET. `alive` is the question of `/livez`, for the watchdog. If koffi cannot be loaded,
 * one warning: a unit of Type=notify then never gets ready.
 */
export async function createServiceNotices(
  { env, pid }: Host,
  log: Log,
  alive: () => Promise<boolean>,
): Promise<ServiceNotices> {
  if (!env.NOTIFY_SOCKET) return SILENT;
  try {
    const room = await import('../systemd/notifier.ts');
    const notifier = new room.Notifier({ env, pid, warn: (message) => log.warn({}, message) });
    notifier.watch({ alive, after: realClock.after });
    return notifier;
  } catch (error) {
    log.warn(
      { err: error },
      'NOTIFY_SOCKET is set, but systemd cannot be told, since koffi cannot be loaded here: use Type=exec in the unit',
    );
    return SILENT;
  }
}

/** For `systemctl status`: the names of the listeners, as far as a line has room. */
export function servingStatus(listeners: readonly { readonly name: string }[]): string {
  const names = [...new Set(listeners.map(({ name }) => name))];
  const rest = names.length - MOST_NAMES;
  return `serving ${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const MOST_NAMES = 8;
