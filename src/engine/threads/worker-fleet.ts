import type { SessionInfo } from '../../plan/engine.ts';
import type { ListenerPlan } from '../../plan/plan.ts';
import type { PlanChange } from '../../plan/plan-change.ts';
import { createPacking } from './packed-snapshot.ts';
import { WorkerSlot, type WorkerSlotOptions } from './worker-slot.ts';
import type { Wish } from './worker-thread.ts';

/** A listener of the plan, with the descriptors to accept from: one for each worker, or more. */
export interface FleetListener {
  readonly plan: ListenerPlan;
  readonly fds: readonly number[];
  /** True if some of the descriptors are of one socket. */
  readonly shared: boolean;
  readonly port: number;
}

/**
 * The worker threads of an engine, whatever loop they run:
 *
 *     WorkerFleet ── WorkerSlot, one a worker ── WorkerThread ── Orders and News ── the script
 *      all or none    replaces a thread that      one order
 *                     died, settles what it had   after the other
 */
export class WorkerFleet {
  readonly #slots: readonly WorkerSlot[];
  #exited: Promise<void> | null = null;

  private constructor(slots: readonly WorkerSlot[]) {
    this.#slots = slots;
  }

  /** Starts `threads` workers, with the rows of the shared state from 0 on. If one fails, rejects and leaves none running. */
  static async start(size: number, options: Omit<WorkerSlotOptions, 'worker'>): Promise<WorkerFleet> {
    const slots = Array.from({ length: size }, (_, worker) => new WorkerSlot({ ...options, worker }));
    const fleet = new WorkerFleet(slots);
    try {
      await Promise.all(slots.map(({ ready }) => ready));
    } catch (error) {
      await fleet.exit();
      throw error;
    }
    return fleet;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** All workers serve these listeners from now on, and have closed all others. `change` has led to them. */
  async apply(listeners: readonly FleetListener[], { open, handOver, keep }: PlanChange): Promise<void> {
    const news = {
      fresh: new Set([...open, ...handOver.map(({ plan }) => plan)].map(({ id }) => id)),
      kept: new Set(keep.map(({ id }) => id)),
      pack: createPacking(),
    };
    await Promise.all(
      this.#slots.map((slot, worker) =>
        slot.apply(
          // Field by field: V8 gives a copy by `...` a hidden class of its own, which is larger than the copy.
          listeners.map(({ plan, fds, shared, port }) => ({
            plan,
            fds: fds.filter((_, at) => at % this.#slots.length === worker),
            shared,
            port,
          })),
          news,
        ),
      ),
    );
  }

  /** Gives each worker the order. Resolves once all have obeyed it, with the sessions that they name. */
  async order(wish: Wish): Promise<readonly SessionInfo[]> {
    return (await Promise.all(this.#slots.map((slot) => slot.order(wish)))).flat();
  }

  async alive(): Promise<boolean> {
    return (await Promise.all(this.#slots.map((slot) => slot.alive()))).every(Boolean);
  }

  /** From now on a worker that dies is not replaced. */
  leave(): void {
    for (const slot of this.#slots) slot.leave();
  }

  /** Ends every thread. Their sessions must have ended. */
  exit(): Promise<void> {
    this.#exited ??= Promise.all(this.#slots.map((slot) => slot.exit())).then(() => {});
    return this.#exited;
  }
}
