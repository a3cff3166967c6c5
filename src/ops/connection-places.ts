import type { Socket } from 'node:net';
import { overrideMethod } from '../accept/override-method.ts';
import type { Clock } from '../observe/clock.ts';

export interface PlaceLimits {
  /** Connections that may be open at once. */
  readonly connections: number;
  /** Connections of one address, not counting new ones and those that carry a probe. Peers on a unix socket have no address. */
  readonly perAddress: number;
}

/** How long a connection may send no request before it counts as silent. Real clients send one at once. */
const NEW_MS = 100;

/** A connection of lower rank is closed first: an idle one is missed by no client, while a lost probe restarts a pod. */
const RANK = { idle: 0, silent: 1, asking: 2, new: 3, probing: 4 } as const;

interface Place {
  readonly socket: Socket;
  readonly address: string | null;
  /** A counter's value when the connection came or last finished a request: the lower, the longer unused. */
  order: number;
  state: 'new' | 'silent' | 'known';
  probes: number;
  others: number;
  cancel: () => void;
}

/**
 * The connections of a server that untrusted clients reach. If there is one too many, of an address or of all, one is closed
 * at once: first an idle or silent one, then one with a slow request, then a new one, and last one with a probe under way.
 * A new connection counts for its address only once its request is known. So a node address that stands for a kubelet, a
 * scraper and others never loses a probe to connections of the others, and no address loses to one that holds more.
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

  /** Connections whose requests have been answered. One that has sent none is none of them: its request may be on its way. */
  idle(): Socket[] {
    const idle = [...this.#places.values()].filter((place) => rankOf(place) === RANK.idle);
    return idle.map(({ socket }) => socket);
  }

  /** A connection was accepted. Call it before a PROXY header can replace the socket's address. */
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

  /** A request has come on the connection. */
  begin(socket: Socket, isProbe: boolean): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    if (isProbe) place.probes++;
    else place.others++;
    if (!isProbe || place.state === 'silent') this.#know(place, 'known');
  }

  /** The request was answered. */
  finish(socket: Socket, isProbe: boolean): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    if (isProbe) place.probes--;
    else place.others--;
    place.order = this.#order++;
    this.#know(place, 'known');
  }

  /** From now on the connection counts for its address. */
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

  /** Of the lowest rank, closes one of the address that has the most connections. */
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
  // A probe behind another request on the same connection gets the rank of that request.
  if (others > 0) return RANK.asking;
  if (probes > 0) return RANK.probing;
  if (state === 'new') return RANK.new;
  return state === 'silent' ? RANK.silent : RANK.idle;
}

/** Enters each connection of a server before any other listener sees it, also one whose PROXY header has not come yet. */
export function placeConnections<T extends object & { emit: unknown }>(
  server: T,
  places: ConnectionPlaces,
): void {
  overrideMethod(server, 'emit', (original, args) => {
    if (args[0] === 'connection') places.enter(args[1] as Socket);
    return original(...args);
  });
}
