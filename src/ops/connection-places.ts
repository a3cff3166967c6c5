import type { Socket } from 'node:net';
import { overrideMethod } from '../accept/override-method.ts';
import type { Clock } from '../observe/clock.ts';

export interface PlaceLimits {
  /** Connections that may be open at once. */
  readonly connections: number;
  /** And of one address, besides those whose question is not known yet, or is a probe. Peers of a unix socket have none. */
  readonly perAddress: number;
}

/** How long a connection may be without a question before it counts as silent: one that means it sends it at once. */
const NEW_MS = 100;

/** The lower, the sooner a connection has to go: nobody waits for what is idle, and a pod is restarted for a lost probe. */
const RANK = { idle: 0, silent: 1, asking: 2, new: 3, probing: 4 } as const;

interface Place {
  readonly socket: Socket;
  readonly address: string | null;
  /** Raised with each connection and each answer: the order in which they came, or were last of use. */
  order: number;
  state: 'new' | 'silent' | 'known';
  probes: number;
  others: number;
  cancel: () => void;
}

/**
 * The connections of a server that strangers reach. Where one is too many, of its address or of all, one is closed at once: first what
 * is idle or silent, then who asks for something slow, then who has just come, and a probe under way last. Who has
 * just come is counted with its address when its question is known: so a node address that stands for a kubelet, a scraper and
 * strangers never loses a probe to what the others hold, and no address loses anything to another that holds more.
 */
export class ConnectionPlaces {
  readonly #limits: PlaceLimits;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #places = new Map<Socket, Place>();
  #order = 0;

  constructor(limits: PlaceLimits, clock: Pick<Clock, 'after'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#places.size;
  }

  /** A connection was accepted; its address still has to be that of its peer, and of no header. */
  enter(socket: Socket): void {
    const others = [...this.#places.values()];
    const place: Place = {
      ...{ socket, address: socket.remoteAddress ?? null, order: this.#order++ },
      ...{ state: 'new', probes: 0, others: 0 },
      cancel: this.#clock.after(NEW_MS, () => this.#know(place, 'silent')),
    };
    this.#places.set(socket, place);
    socket.on('close', () => this.#leave(place));
    if (others.length >= this.#limits.connections) this.#closeOne(others);
  }

  /** A question has come over it. */
  begin(socket: Socket, isProbe: boolean): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    if (isProbe) place.probes++;
    else place.others++;
    if (!isProbe || place.state === 'silent') this.#know(place, 'known');
  }

  /** And was answered. */
  finish(socket: Socket, isProbe: boolean): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    if (isProbe) place.probes--;
    else place.others--;
    place.order = this.#order++;
    this.#know(place, 'known');
  }

  /** From now on it counts with its address. */
  #know(place: Place, state: 'silent' | 'known'): void {
    place.cancel();
    place.state = state;
    const { address } = place;
    if (address === null) return;
    const counted = [...this.#places.values()].filter((other) => {
      return other.address === address && rankOf(other) < RANK.new;
    });
    if (counted.length > this.#limits.perAddress) this.#closeOne(counted);
  }

  /** Of those that would go first, one of the address that has the most. */
  #closeOne(among: readonly Place[]): void {
    const counts = new Map<string | null, number>();
    for (const { address } of this.#places.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
    const share = ({ address }: Place) => counts.get(address) ?? 0;
    const [first] = among.toSorted(
      (a, b) => rankOf(a) - rankOf(b) || share(b) - share(a) || a.order - b.order,
    );
    if (first === undefined) return;
    this.#leave(first);
    first.socket.destroy();
  }

  #leave(place: Place): void {
    place.cancel();
    this.#places.delete(place.socket);
  }
}

function rankOf({ state, probes, others }: Place): number {
  // A probe that waits behind another answer is that of somebody who holds both.
  if (others > 0) return RANK.asking;
  if (probes > 0) return RANK.probing;
  if (state === 'new') return RANK.new;
  return state === 'silent' ? RANK.silent : RANK.idle;
}

/** Gives each connection of a server its place before anybody else sees it, also one that still owes a PROXY header. */
export function placeConnections<T extends object & { emit: unknown }>(
  server: T,
  places: ConnectionPlaces,
): void {
  overrideMethod(server, 'emit', (original, args) => {
    if (args[0] === 'connection') places.enter(args[1] as Socket);
    return original(...args);
  });
}
