// An engine in a process that has few descriptors. Standard output: its port, each fault with the time of it,
// and in the end what was counted. It ends when standard input does.
import { createNetEngine } from '../../src/engine/net/net-engine.ts';
import type { SessionObserver } from '../../src/plan/observer.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { createSharedState, sumCounters } from '../../src/shared-memory/shared-state.ts';
import { ENGINE_DEFAULTS, endpointAt, listenerPlan, TRUSTED } from '../helpers/engine-harness.ts';

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const state = createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 7 });
const [, , kind, port] = process.argv;
const parts = {
  ...ENGINE_DEFAULTS,
  state,
  observer: {
    records: (records) => {
      for (const { reason } of records) say({ ended: reason });
    },
    fault: (_listener, message, error) =>
      say({ fault: message, code: (error as NodeJS.ErrnoException).code, at: performance.now() }),
  } satisfies SessionObserver,
};
// koffi, and what it needs of the machine, is loaded for its engine only.
const batching = async () => {
  const { accept, close } = await import('../../src/linux/socket.ts');
  return createNetEngine({ ...parts, rawAccept: { accept, close } });
};
const engine =
  kind === 'net'
    ? createNetEngine(parts)
    : kind === 'net in batches'
      ? await batching()
      : await import('../../src/engine/epoll/epoll-engine.ts').then(({ createEpollEngine }) =>
          createEpollEngine({ ...parts, threads: 1 }),
        );
// Clients wait for their header: each costs one descriptor, so that it is the accept that finds none.
const plan = listenerPlan({
  endpoints: [endpointAt(Number(port))],
  admission: { ...TRUSTED, headerTimeoutMs: 60_000 },
});
const [open] = await engine.apply({ generation: 1, listeners: [plan] });
say({ port: open!.address.kind === 'tcp' ? open!.address.port : 0 });

process.stdin.resume().on('end', async () => {
  await engine.stop('stopped');
  const counters = sumCounters(state, 0);
  say({
    acceptErrors: counters[COUNTER.acceptErrors],
    opened: counters[COUNTER.opened],
    ended: counters[COUNTER.ended],
  });
});
