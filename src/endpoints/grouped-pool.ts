import { type Balance, createPicker } from './balance/create-picker.ts';
import { NONE_TRIED, type Picker } from './balance/picker.ts';
import type { EndpointState } from './endpoint-state.ts';
import { GroupCandidates } from './group-candidates.ts';
import { type Group, GroupView } from './group-view.ts';
import { hashBytes } from './maglev.ts';
import { type HashedEndpoints, Ring } from './ring.ts';
import { Shares } from './shares.ts';
import type { Endpoint, EndpointGroup, Snapshot } from './snapshot.ts';

/** Apart from the seeds of Maglev, so that the choice of a group says nothing about that of an endpoint. */
const GROUP_SEED = 4;

/** What a group is in every view of it. */
interface Member {
  readonly plan: EndpointGroup;
  readonly all: HashedEndpoints;
  readonly picker: Picker;
  readonly seed: number;
}

/**
 * One worker's choice among the groups of a pool, and in a group among its endpoints:
 *
 *     weights ───── Shares ─╮                      ╭─ ring of the group ── Picker (balance/)
 *     client-hash ──────────┴─▶ group of the tier ─┤
 *                                                  ╰─ then other groups of the tier, further tiers, left-out endpoints
 *
 * With `refusesEmptyShares` a session stays in its group: the others get their own shares and no more.
 */
export class GroupedPool {
  readonly #state: EndpointState;
  readonly #random: () => number;
  readonly #leftOutPicker: Picker;
  readonly #shares: Shares;
  #balance: Balance | null = null;
  #members: readonly Member[] = [];
  #refusesEmptyShares = false;
  /** The pickers of each slot. */
  #pickers: ReadonlyMap<number, readonly Picker[]> = new Map();
  #view!: GroupView;

  constructor(state: EndpointState, random: () => number, leftOutPicker: Picker) {
    this.#state = state;
    this.#random = random;
    this.#leftOutPicker = leftOutPicker;
    this.#shares = new Shares(random);
  }

  /** Follows another snapshot, which has groups. `refresh` must follow. A group keeps its picker as long as it has its name. */
  replace({ endpoints, groups, refusesEmptyShares }: Snapshot, balance: Balance): void {
    const kept = new Map(
      balance === this.#balance ? this.#members.map((each) => [each.plan.name, each]) : [],
    );
    this.#balance = balance;
    this.#refusesEmptyShares = refusesEmptyShares;
    this.#members = (groups ?? []).map((plan): Member => {
      const all = {
        endpoints: Array.from(plan.members, (index) => endpoints[index]!),
        hashTable: plan.hashTable,
      };
      const picker = kept.get(plan.name)?.picker ?? createPicker(balance, this.#state, this.#random);
      return { plan, all, picker, seed: hashBytes(Buffer.from(plan.name), GROUP_SEED) };
    });
    const pickers = new Map<number, Picker[]>();
    for (const { all, picker } of this.#members) {
      for (const { slot } of all.endpoints) {
        const known = pickers.get(slot);
        if (known === undefined) pickers.set(slot, [picker]);
        else known.push(picker);
      }
    }
    this.#pickers = pickers;
  }

  /** Takes over which endpoints are left out, because they are ejected or down. */
  refresh(leftOut: Ring): void {
    const isOut = ({ slot }: Endpoint) => leftOut.position(slot) >= 0;
    const isAnyUsable = this.#members.some(({ all }) => !all.endpoints.every(isOut));
    const groups = this.#members.map(({ plan, all, picker, seed }): Group => {
      const usable = all.endpoints.filter((each) => !isOut(each));
      const out = all.endpoints.filter(isOut);
      // If there is nothing else, the left-out ones are shared by weight, too.
      const isLast = usable.length === 0 && (this.#refusesEmptyShares || !isAnyUsable);
      return {
        plan,
        picker,
        seed,
        ring: new Ring(all, isLast ? out : usable),
        leftOut: new Ring(all, out),
      };
    });
    this.#view = new GroupView(groups, this.#refusesEmptyShares, leftOut, this.#leftOutPicker, this.#random);
    this.#shares.set(this.#view.weights);
  }

  /** As `Pool.candidates`. An endpoint that is `preferred` counts only in the tier in use: a backup is left as soon as it can be. */
  candidates(attempts: number, client: Uint8Array | null, preferred: number): GroupCandidates {
    const view = this.#view;
    const hashed = this.#balance === 'client-hash' ? client : null;
    const kept = preferred < 0 ? -1 : view.holding(preferred);
    if (kept >= 0) {
      const start = view.groups[kept]!.ring.position(preferred);
      return new GroupCandidates(view, kept, start, attempts, hashed, null);
    }
    const at = hashed === null ? this.#shares.pick() : view.highest(hashed);
    const group = view.groups[at];
    if (group === undefined || group.ring.size === 0) {
      return new GroupCandidates(view, -1, 0, attempts, hashed, group?.plan.empty ?? null);
    }
    const start = group.picker.pick(group.ring, hashed, NONE_TRIED);
    return new GroupCandidates(view, at, start, attempts, hashed, null);
  }

  /** This worker has changed the number of sessions of the endpoint. */
  changed(slot: number): void {
    const pickers = this.#pickers.get(slot);
    if (pickers === undefined) return;
    for (const picker of pickers) picker.changed(slot);
  }
}
