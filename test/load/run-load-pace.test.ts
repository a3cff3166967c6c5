import test, { type ExecutionContext } from 'ava';
import { startLoad } from '../../src/load/run-load.ts';
import { startEndpoint } from './endpoint.ts';
import { failuresOf, play, SOCKETS } from './played-run.ts';
import { planWith } from './sample-plan.ts';

// When requests begin and how long they count, on real sockets. Serial: a run that shares the processors with others is
// late, and reports it.

const STALL_MS = 200;

/** Echoes; after the first `first` messages, answers of the next 200 ms wait until these are over. */
function stallingEcho(
  t: ExecutionContext,
  first: number,
  onAnswer = (_answers: number): void => {},
): Promise<number> {
  let answers = 0;
  let stallEnds = 0;
  return startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => {
      onAnswer(++answers);
      const now = performance.now();
      if (answers === first) stallEnds = now + STALL_MS;
      if (now < stallEnds) setTimeout(() => socket.write(bytes), stallEnds - now);
      else socket.write(bytes);
    });
  });
}

for (const kind of SOCKETS) {
  test.serial(`${kind}: a stall is seen by all who should have come meanwhile`, async (t) => {
    const port = await stallingEcho(t, 60);
    const { measured } = await play(kind, { port, rate: 1000, durationMs: 300 });
    t.deepEqual(failuresOf(measured.errors), []);
    const { p50, p99, max } = measured.latency.total!;
    t.true(p99! > 0.95 * STALL_MS * 1000, `p99 ${p99}`);
    t.true(max >= p99!);
    // 200 of 300 were due in the stall, and their waits are spread over it.
    t.true(p50! > 0.1 * STALL_MS * 1000, `p50 ${p50}`);
  });

  test.serial(`${kind}: in a closed loop the same stall is seen by those alone who were there`, async (t) => {
    const port = await stallingEcho(t, 100, (answers) => {
      if (answers === 300) load.stop();
    });
    const plan = { port, rate: 'max', connections: 1, keep: true, durationMs: 60_000 } as const;
    const load = startLoad(planWith(plan), kind);
    const { measured } = await load.outcome;
    const { p99, max } = measured.latency.total!;
    t.true(max > 0.95 * STALL_MS * 1000, `max ${max}`);
    t.true(p99! < 0.5 * max, `p99 ${p99}`);
  });

  test.serial(`${kind}: pings that are kept share few connections, and keep their rate`, async (t) => {
    let connections = 0;
    const port = await startEndpoint(t, (socket) => {
      connections++;
      socket.pipe(socket);
    });
    const { measured } = await play(kind, { port, keep: true, connections: 3, rate: 600 });
    t.true(connections <= 3);
    t.true(measured.achieved.requests > 40 && measured.achieved.requests <= 60);
  });

  test.serial(
    `${kind}: with no more places than --connections arrivals wait, and their times say so`,
    async (t) => {
      const port = await startEndpoint(t, (socket) => {
        socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 10));
      });
      const { measured } = await play(kind, { port, connections: 1, durationMs: 50 });
      // 15 arrivals of which each takes 10 ms: the last waits for 14 others, 140 ms less the 47 ms until it is due.
      t.true(measured.latency.total!.max > 70_000, `${measured.latency.total!.max}`);
      t.true(measured.latency.firstByte!.p50! < 70_000);
    },
  );
}
