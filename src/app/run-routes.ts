import { StartError } from '../proxy/start-error.ts';
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
    // Loaded here and not before: they need koffi.
    const { Netlink } = await import('../linux/netlink.ts');
    const { readRoutes, removeRoutes, setRoutes } = await import('./transparent-routes.ts');
    const netlink = new Netlink();
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
