import type { ListenAddress, ListenerPlan } from './plan.ts';
import { addressKey, sameAddress } from './same-address.ts';

/**
 * The listeners of a plan that come to an address which is open already, and which its holder gives up: id → id of
 * the holder. A renamed listener, or two that change places: nobody can bind such an address once more, so the
 * socket itself is handed on, with its queue.
 */
export function handedOn(
  open: ReadonlyMap<number, ListenAddress>,
  listeners: readonly ListenerPlan[],
): Map<number, number> {
  const next = new Map(listeners.map(({ id, listen }) => [id, listen]));
  const handed = new Map<number, number>();
  const holders = new Map<string, number>();
  for (const [id, address] of open) {
    const key = addressKey(address);
    if (!holders.has(key)) holders.set(key, id);
  }
  for (const { id, listen } of listeners) {
    // Port 0 is another port every time.
    if (listen.kind === 'tcp' && listen.port === 0) continue;
    const holder = holders.get(addressKey(listen));
    if (holder === undefined || holder === id) continue;
    const holds = next.get(holder);
    if (holds === undefined || !sameAddress(holds, listen)) handed.set(id, holder);
  }
  return handed;
}
