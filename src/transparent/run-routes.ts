import { StartError } from '../plan/start-error.ts';
import type { RoutePart } from './transparent-routes.ts';

/** What `herald routes` found, or why it failed. */
export type RoutesAnswer = { readonly parts: readonly RoutePart[] } | { readonly failed: string };

/** `up` adds what is missing, `down` removes Herald's own, and each returns the state afterwards. */
export async function runRoutes(
  action: 'up' | 'down' | 'show',
  table: number,
  platform: string,
): Promise<RoutesAnswer> {
  if (platform !== 'linux') return { failed: 'herald routes runs on Linux only' };
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

/** Loaded on use: koffi has no binary for some hosts. */
async function load() {
  try {
    return await import('./transparent-routes.ts');
  } catch (error) {
    const { message } = error as Error;
    throw new StartError('linux_unavailable', `cannot call the Linux kernel from here: ${message}`, error);
  }
}
