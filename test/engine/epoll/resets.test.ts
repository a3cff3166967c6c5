import test, { type ExecutionContext } from 'ava';
import type { CloseReason } from '../../../src/plan/close-reason.ts';
import type { Connection } from '../../helpers/connection.ts';
import { endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { LINUX, leavesNothingOpen, onLinux, openDescriptors } from '../../linux/on-linux.ts';
import { Sockets } from '../../linux/sockets.ts';
import { destroyed, EngineBench, type Pair, Pairing, swallow } from './engine-bench.ts';
import { StuckEndpoint } from './stuck-endpoint.ts';

const THREADS = [1, 2] as const;
const PLAIN = 0;
const TRUSTING = 1;
const STUCK = 2;
const STUCK_TRUSTING = 3;

const HEADER = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';
/** More than all buffers on the way hold. */
const FLOOD = Buffer.alloc(32 << 20, 'flood');
/** What nobody notices comes to light by this. */
const TIMEOUTS = { halfCloseMs: 600, idleMs: 5000 };
/** Sessions that a row plays at once, so that each worker has some. */
const AT_ONCE = 4;

leavesNothingOpen(async () => {
  for (const { bench } of stages) await bench.stop();
  await endpoint.stop();
  sockets.closeAll();
});

interface Row {
  readonly title: string;
  /** The reset, and whom it leaves behind where a reset has to arrive. */
  readonly play: (scene: Scene) => Promise<Connection | null>;
  readonly reasons: readonly CloseReason[];
}

/** What a row has to play with. */
interface Scene {
  readonly bench: EngineBench;
  readonly connect: (listener?: number) => Promise<Connection>;
  /** A connected session, with its header read. */
  readonly pair: () => Promise<Pair>;
  readonly accept: () => Promise<Connection>;
  /** Until all sessions that are played at once are in a phase: none of them goes on before. */
  readonly allIn: (phase: 'header' | 'connect') => Promise<void>;
}

/** Whether the peer that is left behind can see the reset at all: with bytes under way, or behind its own end, Node can not. */
const SEEN = true;
const UNSEEN = false;

type Who = 'client' | 'served';
const sides = ({ client, served }: Pair, who: Who) =>
  who === 'client' ? { own: client, other: served } : { own: served, other: client };
const nameOf = (who: Who) => (who === 'client' ? 'client' : 'endpoint');

/** Sends a flood that the other side does not read, until it goes no further. */
async function flood(from: Connection, to: Connection): Promise<void> {
  to.socket.pause();
  from.socket.write(FLOOD);
  let before = -1;
  // What the kernel has not taken stands still over some turns.
  for (
    let still = 0;
    still < 50;
    still = from.socket.bytesWritten - from.socket.writableLength === before ? still + 1 : 0
  ) {
    before = from.socket.bytesWritten - from.socket.writableLength;
    await new Promise(setImmediate);
  }
}

const BEFORE_THE_RELAY: readonly Row[] = [
  {
    title: 'a client that resets before its first byte was a probe',
    reasons: ['probe'],
    play: async (scene) => {
      const client = await scene.connect(TRUSTING);
      await scene.allIn('header');
      client.reset();
      return null;
    },
  },
  {
    title: 'a client that resets in the middle of its header',
    reasons: ['header_reset'],
    play: async (scene) => {
      const client = await scene.connect(TRUSTING);
      client.write(HEADER.slice(0, 20));
      await scene.allIn('header');
      client.reset();
      return null;
    },
  },
  ...(
    [
      ['that sent its header', STUCK_TRUSTING, HEADER, 'probe'],
      ['that sent its header and more', STUCK_TRUSTING, `${HEADER}hello`, 'client_gone'],
      ['that sent nothing', STUCK, '', 'probe'],
      ['that sent its request', STUCK, 'hello', 'client_gone'],
    ] as const
  ).map(
    ([what, listener, bytes, reason]): Row => ({
      title: `a client ${what} and resets while the endpoint is being dialed`,
      reasons: [reason],
      play: async (scene) => {
        const client = await scene.connect(listener);
        if (bytes !== '') client.write(bytes);
        await scene.allIn('connect');
        client.reset();
        return null;
      },
    }),
  ),
  {
    title: 'a client that ends its stream and resets while the endpoint is being dialed',
    reasons: ['client_gone'],
    play: async (scene) => {
      const client = await scene.connect(STUCK);
      client.end('request');
      await scene.allIn('connect');
      client.reset();
      return null;
    },
  },
  {
    title: 'an endpoint that resets as soon as it has accepted',
    reasons: ['endpoint_reset', 'connect_refused'],
    play: async ({ connect, accept }) => {
      const client = await connect();
      (await accept()).reset();
      return client;
    },
  },
];

const IN_THE_RELAY: readonly Row[] = (['client', 'served'] as const).flatMap((who): Row[] => {
  const name = nameOf(who);
  const peer = nameOf(who === 'client' ? 'served' : 'client');
  const reasons: CloseReason[] = [who === 'client' ? 'client_reset' : 'endpoint_reset'];
  const resets =
    (prepare: (own: Connection, other: Connection) => Promise<void> | void, how = SEEN): Row['play'] =>
    async ({ pair }) => {
      const { own, other } = sides(await pair(), who);
      await prepare(own, other);
      own.reset();
      return how === SEEN ? other : null;
    };
  return [
    {
      title: `the ${name} resets before a byte has moved`,
      // A client without a byte was a health probe.
      reasons: who === 'client' ? ['probe'] : reasons,
      play: resets(() => {}),
    },
    {
      title: `the ${name} resets after bytes went both ways`,
      reasons,
      play: resets(async (own, other) => {
        own.write('question');
        await other.read(8);
        other.write('answer');
        await own.read(6);
      }),
    },
    {
      title: `the ${name} resets while it is sent to, and reads`,
      reasons,
      play: resets(async (own, other) => {
        other.write(FLOOD);
        await own.read(1 << 20);
      }),
    },
    {
      title: `the ${name} resets while it sends, and is read`,
      reasons,
      play: resets(async (own, other) => {
        own.write(FLOOD);
        await other.read(1 << 20);
      }, UNSEEN),
    },
    {
      title: `the ${name} resets while what it sends is not read`,
      reasons,
      play: resets((own, other) => flood(own, other), UNSEEN),
    },
    {
      title: `the ${name} resets while it does not read what it is sent`,
      reasons,
      play: resets((own, other) => flood(other, own)),
    },
    {
      title: `the ${name} resets after the end of its own stream`,
      reasons,
      play: resets(async (own, other) => {
        own.end('last');
        await other.readToEnd();
      }, UNSEEN),
    },
    {
      title: `the ${name} resets after the end of the ${peer}'s stream`,
      reasons,
      play: resets(async (own, other) => {
        other.end('last');
        await own.readToEnd();
      }),
    },
    {
      title: `the ${name} resets after the end of its own stream, while it does not read what it is sent`,
      reasons,
      play: resets(async (own, other) => {
        own.end('last');
        await other.readToEnd();
        await flood(other, own);
      }, UNSEEN),
    },
    {
      title: `the ${name} resets after the end of the ${peer}'s stream, while what it sends is not read`,
      reasons,
      play: resets(async (own, other) => {
        other.end('last');
        await own.readToEnd();
        await flood(own, other);
      }, UNSEEN),
    },
  ];
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
    connect: async (listener = PLAIN) => kept(await bench.connect(listener)),
    accept: async () => kept(await endpoint.accept()),
    pair: async () => {
      const client = kept(await bench.connect(PLAIN));
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
