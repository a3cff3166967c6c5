import type { Picker } from './balance/picker.ts';
import type { Stage, Stages } from './group-candidates.ts';
import { hashClient, mixHashes } from './maglev.ts';
import type { Ring } from './ring.ts';
import type { EndpointGroup } from './snapshot.ts';

/** A group as one worker uses it. */
export interface Group extends Stage {
  readonly plan: EndpointGroup;
  /** The hash of its name. */
  readonly seed: number;
  /** Its endpoints that are left out while others of the group are not. */
  readonly leftOut: Ring;
}

/** 2^32: hashes are 32 bits. */
const HASHES = 0x1_0000_0000;

/**
 * The groups of a pool at one moment. It never changes, so a session goes on with the groups with which it began.
 *
 * Stages 0 … n-1 are the groups. Stage n is all left-out endpoints. If each group refuses its own share, stage n + i is the
 * left-out endpoints of group i instead, and no other group follows a group.
 */
export class GroupView implements Stages {
  readonly groups: readonly Group[];
  /** The tier in use: the lowest that has a usable endpoint. */
  readonly tier: number;
  /** The weight of each group that gets sessions now; 0 for the others. */
  readonly weights: readonly number[];
  readonly #refusesEmptyShares: boolean;
  readonly #leftOut: Stage;
  readonly #leftOutPicker: Picker;
  readonly #random: () => number;

  constructor(
    groups: readonly Group[],
    refusesEmptyShares: boolean,
    leftOut: Ring,
    leftOutPicker: Picker,
    random: () => number,
  ) {
    this.groups = groups;
    const used = groups.filter(({ ring }) => ring.size > 0);
    this.tier = Math.min(...(used.length > 0 ? used : groups).map(({ plan }) => plan.tier));
    this.weights = groups.map(({ plan, ring }) =>
      plan.tier === this.tier && (refusesEmptyShares || ring.size > 0) ? plan.weight : 0,
    );
    this.#refusesEmptyShares = refusesEmptyShares;
    this.#leftOut = { ring: leftOut, picker: leftOutPicker };
    this.#leftOutPicker = leftOutPicker;
    this.#random = random;
  }

  stage(at: number): Stage {
    const { length } = this.groups;
    if (at < length) return this.groups[at]!;
    if (!this.#refusesEmptyShares) return this.#leftOut;
    return { ring: this.groups[at - length]!.leftOut, picker: this.#leftOutPicker };
  }

  after(visited: ReadonlySet<number>, client: Uint8Array | null): number {
    const { length } = this.groups;
    if (this.#refusesEmptyShares) {
      const own = [...visited][0]! + length;
      return visited.has(own) ? -1 : own;
    }
    if (visited.has(length)) return -1;
    const left = this.groups.map(({ plan, ring }, at) =>
      visited.has(at) || ring.size === 0 ? Number.POSITIVE_INFINITY : plan.tier,
    );
    const tier = Math.min(...left);
    if (tier === Number.POSITIVE_INFINITY) return length;
    const weights = this.groups.map(({ plan }, at) => (left[at] === tier ? plan.weight : 0));
    return client === null ? drawn(weights, this.#random()) : this.highest(client, weights);
  }

  /** The group in the tier in use that holds the slot; -1 if there is none. */
  holding(slot: number): number {
    return this.groups.findIndex(({ plan, ring }) => plan.tier === this.tier && ring.position(slot) >= 0);
  }

  /**
   * Weighted rendezvous hashing (Schindelhauer and Schomaker, SPAA 2005): the group with the highest w / -ln(u), where u is the
   * hash of client and group as a number between 0 and 1. If a weight changes, only those clients move that a group has to win
   * or to lose. -1 if every weight is 0.
   */
  highest(client: Uint8Array, weights: readonly number[] = this.weights): number {
    const hash = hashClient(client);
    let best = -1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < weights.length; at++) {
      if (weights[at] === 0) continue;
      const part = (mixHashes(hash, this.groups[at]!.seed) + 0.5) / HASHES;
      const score = weights[at]! / -Math.log(part);
      if (score <= highest) continue;
      highest = score;
      best = at;
    }
    return best;
  }
}

/** An index by chance, each by its weight. `random` is 0 to 1. */
function drawn(weights: readonly number[], random: number): number {
  let rest = random * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, weight] of weights.entries()) {
    if (weight > 0 && rest < weight) return at;
    rest -= weight;
  }
  return weights.findLastIndex((weight) => weight > 0);
}
