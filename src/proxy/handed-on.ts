import type { ListenAddress, ListenerPlan } from './plan.ts';
import { addressKey } from './same-address.ts';

/**
 * The listeners of a plan that come to an address which is open already, and which its holder gives up: id → id of
 * the holder. A renamed listener, or two that change places: nobody can bind such an address once more, so the
 * socket itself is handed on, with its queue.
 */
export function handedOn(
  open: ReadonlyMap<number, ListenAddress>,
  listeners: readonly ListenerPlan[],
): Map<number, number> {
  const next = new Map(listeners.map(({ id, listen }) => [id, addressKey(listen)]));
  const holders = new Map([...open].map(([id, listen]) => [addressKey(listen), id]));
  const handed = new Map<number, number>();
  for (const { id, listen } of listeners) {
    // Port 0 is another port every time.
    if (listen.kind === 'tcp' && listen.port === 0) continue;
    const key = addressKey(listen);
    const holder = holders.get(key);
    if (holder !== undefined && holder !== id && next.get(holder) !== key) handed.set(id, holder);
  }
  return handed;
}
