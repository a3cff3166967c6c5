import type { CloseReason } from '../../../src/plan/close-reason.ts';
import type { Connection } from '../../helpers/connection.ts';
import type { EngineBench, Pair } from './engine-bench.ts';

// At which moment of a session, and by whom, its connection is reset.

/** The listeners of the stage: whose endpoint serves or is stuck, and whether clients send a header. */
export const LISTENER = { headerless: 0, trusting: 1, stuck: 2, stuckTrusting: 3 } as const;

const HEADER = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';
/** More than all buffers on the way hold. */
const FLOOD = Buffer.alloc(32 << 20, 'flood');

export interface Row {
  readonly title: string;
  /** The reset, and whom it leaves behind where a reset has to arrive. */
  readonly play: (scene: Scene) => Promise<Connection | null>;
  readonly reasons: readonly CloseReason[];
}

/** What a row has to play with. */
export interface Scene {
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

export const BEFORE_THE_RELAY: readonly Row[] = [
  {
    title: 'a client that resets before its first byte was a probe',
    reasons: ['probe'],
    play: async (scene) => {
      const client = await scene.connect(LISTENER.trusting);
      await scene.allIn('header');
      client.reset();
      return null;
    },
  },
  {
    title: 'a client that resets in the middle of its header',
    reasons: ['header_reset'],
    play: async (scene) => {
      const client = await scene.connect(LISTENER.trusting);
      client.write(HEADER.slice(0, 20));
      await scene.allIn('header');
      client.reset();
      return null;
    },
  },
  ...(
    [
      ['that sent its header', LISTENER.stuckTrusting, HEADER, 'probe'],
      ['that sent its header and more', LISTENER.stuckTrusting, `${HEADER}hello`, 'client_gone'],
      ['that sent nothing', LISTENER.stuck, '', 'probe'],
      ['that sent its request', LISTENER.stuck, 'hello', 'client_gone'],
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
      const client = await scene.connect(LISTENER.stuck);
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

export const IN_THE_RELAY: readonly Row[] = (['client', 'served'] as const).flatMap((who): Row[] => {
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
