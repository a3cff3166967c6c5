import { addressText } from '../address/address-text.ts';
import type { ListenerOptions } from '../config/config.ts';
import { removeStaleSocket } from '../listening/stale-socket.ts';
import type { Log, LogFields } from '../observe/log.ts';
import type { OpenListener } from '../plan/engine.ts';
import type { ListenerPlan } from '../plan/plan.ts';

/** The fields of the line `listening`, besides the listener's name and address. */
export type ListenerFactsOf = (listener: OpenListener, options: ListenerOptions) => LogFields;

/** The listeners that are open, and a line for each that opens or closes. */
export class OpenListeners {
  readonly #log: Log;
  readonly #facts: ListenerFactsOf;
  readonly #isHeld: (plan: ListenerPlan) => boolean;
  #current: readonly OpenListener[] = [];
  #isClosed = false;

  /** `isHeld`: whether this process has a socket of the address already, by inheritance. */
  constructor(log: Log, facts: ListenerFactsOf, isHeld: (plan: ListenerPlan) => boolean) {
    this.#log = log;
    this.#facts = facts;
    this.#isHeld = isHeld;
  }

  get current(): readonly OpenListener[] {
    return this.#current;
  }

  /** Removes stale unix sockets at the paths that this plan would open. */
  async clearPaths(plans: readonly ListenerPlan[]): Promise<void> {
    const open = new Set(this.#current.map(({ address }) => addressText(address)));
    for (const plan of plans) {
      const { listen } = plan;
      if (listen.kind !== 'unix' || open.has(addressText(listen)) || this.#isHeld(plan)) continue;
      await removeStaleSocket(listen.path);
    }
  }

  /** The engine has opened these listeners, and no others are open any more. */
  replace(listeners: readonly OpenListener[], options: readonly ListenerOptions[]): void {
    if (this.#isClosed) return;
    // Compared by name as well: a socket that goes to a listener of another name is a line for that name.
    const key = ({ name, address }: OpenListener) => `${name} ${addressText(address)}`;
    const before = new Set(this.#current.map(key));
    const after = new Set(listeners.map(key));
    for (const listener of this.#current) {
      if (after.has(key(listener))) continue;
      const { name: closed, address } = listener;
      this.#log.info({ listener: closed, address: addressText(address) }, 'closed; open sessions go on');
    }
    this.#current = listeners;
    const byName = new Map(options.map((each) => [each.name, each]));
    for (const listener of listeners) {
      const { name } = listener;
      const address = addressText(listener.address);
      if (before.has(key(listener))) continue;
      this.#log.info({ listener: name, address, ...this.#facts(listener, byName.get(name)!) }, 'listening');
    }
  }

  /** A drain closes all listeners. No listener is open from now on, even if a plan is still being applied. */
  close(): void {
    this.#isClosed = true;
    this.#current = [];
  }
}
