import { setImmediate as turn } from 'node:timers/promises';
import type { ResolvedConfig, ResolvedListener, SourceName } from '../../src/config/config.ts';
import { PlanKeeper, type PlanKeeperParts } from '../../src/control/plan-keeper.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { Engine } from '../../src/plan/engine.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { errorOfListener, StartError, tryEach } from '../../src/plan/start-error.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { known } from './known.ts';
import { options, tcp } from './scripted-config.ts';
import { scriptedMaker } from './scripted-source.ts';

export const service = (name: string): SourceName => {
  return { kind: 'k8s', text: `k8s:shop/${name}:80`, namespace: 'shop', service: name, port: '80' };
};
export const WEB = service('web');
export const HOPS = service('hops');
export const A = known('10.0.0.1');
export const B = known('10.0.0.2');

export const config = (...listeners: readonly Partial<ResolvedListener>[]): ResolvedConfig =>
  ({
    listeners: listeners.map((parts, at) => options({ listen: tcp(440 + at), ...parts })),
  }) as unknown as ResolvedConfig;

export const KEEPER_PARTS = {
  capacity: 1000,
  place: { node: 'node-a', zone: null },
  accessLog: 'none',
  prepare: async () => {},
  facts: () => ({}),
} as const;

/** A keeper with an engine that notes its plans; `refuse` makes the engine reject the next one, and it cannot open those `taken`. */
export function createKeeper(parts: Partial<PlanKeeperParts> = {}) {
  const taken = new Set<string>();
  const plans: Plan[] = [];
  let refused: Error | null = null;
  const held: (() => void)[] = [];
  let isHeld = false;
  const engine = {
    apply: async (plan: Plan) => {
      plans.push(plan);
      const names = plan.listeners.flatMap(({ name }) => (taken.has(name) ? [name] : []));
      tryEach(names, (name) => {
        throw errorOfListener(name, new StartError('listen_failed', `${name} is taken`));
      });
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      if (refused !== null) {
        const error = refused;
        refused = null;
        throw error;
      }
      return plan.listeners.map(({ id, name, listen }) => ({ id, name, address: listen }));
    },
  } as unknown as Engine;
  const log = createMemoryLog();
  const clock = createManualClock();
  const maker = scriptedMaker();
  const state = createSharedState({ workers: 1, listeners: 8, mostListeners: 8000, clients: 0, seed: 1 });
  const rows = new RowTable(state);
  const keeper = new PlanKeeper({ ...KEEPER_PARTS, engine, rows, maker, log, clock, ...parts });
  /** Applies a configuration whose sources all answer with these endpoints; there are no hops yet. */
  const apply = async (next: ResolvedConfig, endpoints = [A]) => {
    const applied = keeper.apply(next);
    await Promise.race([applied, settled()]);
    for (const source of maker.made.values())
      if (!source.state.synced) source.tell(source.name === HOPS.text ? [] : endpoints);
    await applied;
    await settled();
  };
  const endpoints = (at = 0) => plans.at(-1)!.listeners[at]!.snapshot.endpoints.map(({ text }) => text);
  return {
    ...{ keeper, maker, plans, log, clock, apply, endpoints, state, taken },
    refuse: (error: Error) => {
      refused = error;
    },
    hold: () => {
      isHeld = true;
    },
    release: async () => {
      isHeld = false;
      for (const done of held.splice(0)) done();
      await settled();
    },
  };
}

/** Resolves once every promise that is already due has run. */
export const settled = () => turn();
export const messages = ({ lines }: ReturnType<typeof createMemoryLog>) =>
  lines.map(({ message }) => message);
