import type { HeldSocket } from '../plan/held-socket.ts';
import type { ListenAddress } from '../plan/plan.ts';
import { addressKey, isAnyPort } from '../plan/plan-change.ts';

/** Who asks for a socket, and of which address. */
export interface Wanted {
  readonly name: string;
  readonly listen: ListenAddress;
}

type Index = Map<string, Set<HeldSocket>>;

/** Sockets in their order, each found without a look at the others: a process may have thousands. */
export class HeldSockets implements Iterable<HeldSocket> {
  readonly #all: Set<HeldSocket>;
  readonly #byAddress: Index = new Map();
  /** By the listener that would get it again if it asked for port 0. */
  readonly #byAsker: Index = new Map();

  constructor(sockets: Iterable<HeldSocket>) {
    this.#all = new Set(sockets);
    for (const held of this.#all) {
      for (const [index, key] of this.#keysOf(held)) {
        const same = index.get(key);
        if (same === undefined) index.set(key, new Set([held]));
        else same.add(held);
      }
    }
  }

  [Symbol.iterator](): Iterator<HeldSocket> {
    return this.#all.values();
  }

  /** Port 0 asks for a new port, except from the listener of the same name that asked for it before. */
  find({ name, listen }: Wanted): readonly HeldSocket[] {
    const found = isAnyPort(listen)
      ? this.#byAsker.get(askerKey(name, listen))
      : this.#byAddress.get(addressKey(listen));
    return found === undefined ? [] : [...found];
  }

  remove(sockets: Iterable<HeldSocket>): void {
    for (const held of sockets) {
      this.#all.delete(held);
      for (const [index, key] of this.#keysOf(held)) index.get(key)?.delete(held);
    }
  }

  #keysOf({ name, address }: HeldSocket): readonly (readonly [Index, string])[] {
    const key = [this.#byAddress, addressKey(address)] as const;
    return address.kind === 'unix' ? [key] : [key, [this.#byAsker, askerKey(name, address)]];
  }
}

function askerKey(name: string, address: ListenAddress): string {
  return `${addressKey(address.kind === 'tcp' ? { ...address, port: 0 } : address)} ${name}`;
}
