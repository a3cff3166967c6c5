import type { PlanKeeper } from '../control/plan-keeper.ts';
import type { NodeCapability } from '../endpoints/node-reach.ts';
import type { Clock } from '../observe/clock.ts';
import { StartError } from '../plan/start-error.ts';
import type { Gateway } from './gateway.ts';

/** As for sources of endpoints: until a successor is ready, the process before it serves. */
const SUCCESSOR_MS = 20_000;

export interface FollowParts {
  readonly clock: Clock;
  readonly isSuccessor: boolean;
  readonly isStarting: () => boolean;
  /** What this node has proven. */
  readonly capability: NodeCapability;
  /** The first listeners are in force. */
  readonly serve: () => void;
}

/**
 * Follows the cluster. It may be away for long, so that the start of a first process does not wait for it. That of a successor
 * does, and rejects with a `StartError` if the cluster does not answer.
 */
export async function followGateway(keeper: PlanKeeper, gateway: Gateway, parts: FollowParts): Promise<void> {
  const { clock, isSuccessor, isStarting, serve, capability } = parts;
  const started = gateway.started.then(() => {
    if (isStarting()) serve();
  });
  gateway.presentBy(capability);
  gateway.look(() => keeper.listeners);
  keeper.follow(gateway);
  if (!isSuccessor) return;
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(SUCCESSOR_MS, () => {
      const message = `the API of Kubernetes has not answered within ${SUCCESSOR_MS / 1000} s`;
      reject(new StartError('source_silent', message));
    });
  });
  await Promise.race([started, late]).finally(cancel);
}
