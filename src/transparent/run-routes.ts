import { StartError } from '../plan/start-error.ts';
import type { RoutePart } from './transparent-routes.ts';

/** What `herald routes` found, or why it could not do what was asked. */
export type RoutesAnswer = { readonly parts: readonly RoutePart[] } | { readonly failed: string };

/** `up` sets what is missing, `down` takes away our own, and each of them says what is there then. */
export async function runRoutes(
  action: 'up' | 'down' | 'show',
  table: number,
  platform: string,
): Promise<RoutesAnswer> {
  if (platform !== 'linux') return { failed: 'routes are for Linux only' };
  try {
    const { openNetlink, readRoutes, removeRoutes, setRoutes } = await load();
    const netlink = openNetlink('herald routes');
    try {
      if (action === 'up') setRoutes(netlink, table);
      if (action === 'down') removeRoutes(netlink, table);
      return { parts: readRoutes(netlink, table) };
    } finally {
      netlink.close();
    }
  } catch (error) {
    if (error instanceof StartError) return { failed: error.message };
    throw error;
  }
}

/** Here and not before: there are machines that koffi has no binary for. */
async function load() {
  try {
    return { ...(await import('./open-netlink.ts')), ...(await import('./transparent-routes.ts')) };
  } catch (error) {
    const { message } = error as Error;
    throw new StartError('linux_unavailable', `the calls of Linux can not be had here: ${message}`, error);
  }
}
