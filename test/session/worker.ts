import type { SessionRecord } from '../../src/plan/observer.ts';
import type { ListenerPlan } from '../../src/plan/plan.ts';
import { ListenerRules, type WorkerContext } from '../../src/session/listener-rules.ts';
import { SelfConnects } from '../../src/session/self-connect.ts';
import { SessionIds } from '../../src/session/session-ids.ts';
import { RecordBatch } from '../../src/shared-memory/record-batch.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

/** A worker whose clock stands still until a test moves it, with all records that it left. */
export function createWorker(parts: { clients?: number; logTlvs?: readonly number[]; random?: number } = {}) {
  let nowMs = 1000;
  const records: SessionRecord[] = [];
  const dropped = { count: 0 };
  const batch = new RecordBatch(
    {
      records: (some, lost) => {
        records.push(...some);
        dropped.count += lost;
      },
      fault: () => {},
    },
    () => {},
  );
  const context: WorkerContext = {
    state: createSharedState({ workers: 1, listeners: 2, clients: parts.clients ?? 100, seed: 7 }),
    worker: 0,
    ids: new SessionIds('w0'),
    batch,
    now: () => nowMs,
    random: () => parts.random ?? 0,
    selfConnects: new SelfConnects({ ports: () => [32_768, 60_999], addresses: () => [], now: () => nowMs }),
    logTlvs: parts.logTlvs ?? [],
    lingerMs: 2000,
  };
  return {
    context,
    state: context.state,
    dropped,
    rules: (plan: ListenerPlan, before?: ListenerRules) => new ListenerRules(plan, context, before),
    advance: (ms: number) => {
      nowMs += ms;
    },
    records: () => {
      batch.flush();
      return records;
    },
  };
}
