import { Netlink } from '../linux/netlink.ts';
import { StartError } from '../plan/start-error.ts';

/** What asks the kernel for routes and addresses. Throws a `StartError` where it gives none; `who` needs it. */
export function openNetlink(who: string): Netlink {
  try {
    return new Netlink();
  } catch (error) {
    const message = `${who} asks the kernel by netlink, which it forbids here (${(error as Error).message})`;
    throw new StartError('netlink_unavailable', message, error);
  }
}
