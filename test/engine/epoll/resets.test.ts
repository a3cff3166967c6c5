import test, { type ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { LINUX, leavesNothingOpen, onLinux, openDescriptors } from '../../linux/on-linux.ts';
import { Sockets } from '../../linux/sockets.ts';
import { destroyed, EngineBench, Pairing, swallow } from './engine-bench.ts';
import { BEFORE_THE_RELAY, IN_THE_RELAY, LISTENER, type Row, type Scene } from './reset-rows.ts';
import { StuckEndpoint } from './stuck-endpoint.ts';

const THREADS = [1, 2] as const;
/** What nobody notices comes to light by this. */
const TIMEOUTS = { halfCloseMs: 600, idleMs: 5000 };
/** Sessions that a row plays at once, so that each worker has some. */
const AT_ONCE = 4;

leavesNothingOpen(async () => {
  for (const { bench } of stages) await bench.stop();
  await endpoint.stop();
  sockets.closeAll();
});

/** An engine, its endpoint, and an endpoint that does not answer: all rows play there. */
interface Stage {
  readonly bench: EngineBench;
  readonly threads: number;
}

const sockets = new Sockets();
const stages: Stage[] = [];
let endpoint: ScriptedEndpoint;

if (LINUX) {
  test.before(async () => {
    endpoint = await ScriptedEndpoint.start();
    for (const threads of THREADS) stages.push(await stageOf(threads));
  });
}

async function stageOf(threads: number): Promise<Stage> {
  const serving = { endpoints: [endpointAt(endpoint.port)], timeouts: TIMEOUTS };
  const dialing = { endpoints: [endpointAt(new StuckEndpoint(sockets).port, 1)] };
  const bench = await EngineBench.start(threads, serving, { ...serving, admission: TRUSTED }, dialing, {
    ...dialing,
    admission: TRUSTED,
  });
  return { bench, threads };
}

/** Until the sessions of all listeners that are played at once are in a phase. */
async function inPhase({ engine }: EngineBench, phase: 'header' | 'connect'): Promise<void> {
  for (let count = 0; count < AT_ONCE; ) {
    count = (await engine.sessions(100)).filter((info) => info.phase === phase).length;
  }
}

async function playRow(t: ExecutionContext, { bench }: Stage, row: Row): Promise<void> {
  const before = openDescriptors();
  const pairing = new Pairing(endpoint);
  const open: Connection[] = [];
  const kept = (connection: Connection) => {
    open.push(connection);
    return connection;
  };
  let arrived: Promise<void> | undefined;
  const scene: Scene = {
    bench,
    allIn: (phase) => {
      arrived ??= inPhase(bench, phase);
      return arrived;
    },
    connect: async (listener = LISTENER.headerless) => kept(await bench.connect(listener)),
    accept: async () => kept(await endpoint.accept()),
    pair: async () => {
      const client = kept(await bench.connect(LISTENER.headerless));
      return { client, served: kept(await pairing.servedOf(client)) };
    },
  };
  try {
    const left = await Promise.all(Array.from({ length: AT_ONCE }, () => row.play(scene)));
    const records = await bench.records(AT_ONCE);
    for (const { reason, detail } of records) t.true(row.reasons.includes(reason), `${reason} (${detail})`);
    for (const other of left) {
      if (other === null) continue;
      swallow(other);
      // Node tells of some resets as of ends.
      t.is(await other.kernelEnding(), 'reset');
    }
    await bench.settled();
    t.deepEqual(bench.held, { active: 0, reserved: 0, endpointSessions: 0 });
  } finally {
    await Promise.all(open.map(destroyed));
  }
  // A worker keeps the pipes that it has used: how many there are is seen when all is stopped.
  t.deepEqual({ ...openDescriptors(), pipe: 0 }, { ...before, pipe: 0 });
  t.deepEqual([bench.unread, bench.faults], [[], []]);
}

for (const threads of THREADS) {
  for (const row of [...BEFORE_THE_RELAY, ...IN_THE_RELAY]) {
    onLinux(`${threads} ${threads === 1 ? 'thread' : 'threads'}: ${row.title}`, async (t) => {
      await playRow(t, stages.find((stage) => stage.threads === threads)!, row);
    });
  }
}
