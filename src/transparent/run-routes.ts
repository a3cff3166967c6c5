import { StartError } from '../plan/start-error.ts';
import type { KeeperTalk } from './keep-node-routes.ts';
import type { NodeRoutePart } from './node-routes.ts';
import type { NodeRouteSettings } from './node-rules.ts';
import type { RoutePart } from './transparent-routes.ts';

export type RoutesAction = 'up' | 'down' | 'show';

/** What `herald routes` found, or why it failed. */
export type RoutesAnswer<Part = RoutePart> =
  | { readonly parts: readonly Part[] }
  | { readonly failed: string };

/** `up` adds what is missing, `down` removes Herald's own, and each returns the state afterwards. */
export function runRoutes(action: RoutesAction, table: number, platform: string): Promise<RoutesAnswer> {
  return onLinux(platform, async () => {
    const { openNetlink, readRoutes, removeRoutes, setRoutes } = await import('./transparent-routes.ts');
    const netlink = openNetlink('herald routes');
    try {
      if (action === 'up') setRoutes(netlink, table);
      if (action === 'down') removeRoutes(netlink, table);
      return { parts: readRoutes(netlink, table) };
    } finally {
      netlink.close();
    }
  });
}

/** The same for the routes of a node. With a talk, `up` keeps them until it is told to end, and the parts are the last ones. */
export function runNodeRoutes(
  action: RoutesAction,
  settings: NodeRouteSettings,
  platform: string,
  talk?: KeeperTalk,
): Promise<RoutesAnswer<NodeRoutePart>> {
  return onLinux(platform, async () => {
    const { NodeRoutes } = await import('./node-routes.ts');
    const { keepNodeRoutes, refuseIfKept } = await import('./keep-node-routes.ts');
    const routes = new NodeRoutes(settings);
    try {
      if (talk !== undefined) await keepNodeRoutes(routes, settings, talk);
      else if (action === 'up') routes.set();
      else if (action === 'down') {
        refuseIfKept(settings);
        routes.remove();
      }
      return { parts: routes.read() };
    } finally {
      routes.close();
    }
  });
}

async function onLinux<Part>(
  platform: string,
  run: () => Promise<RoutesAnswer<Part>>,
): Promise<RoutesAnswer<Part>> {
  if (platform !== 'linux') return { failed: 'herald routes runs on Linux only' };
  try {
    await load();
    return await run();
  } catch (error) {
    if (error instanceof StartError) return { failed: error.message };
    throw error;
  }
}

/** Loaded on use: koffi has no binary for some hosts. */
async function load(): Promise<void> {
  try {
    await import('../linux/netlink.ts');
  } catch (error) {
    const { message } = error as Error;
    throw new StartError('linux_unavailable', `cannot call the Linux kernel from here: ${message}`, error);
  }
}
