import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createNetEngine } from '../../src/engine/net/net-engine.ts';
import {
  type CreateEngine,
  ENGINE_DEFAULTS,
  EngineHarness,
  type PlanParts,
  unixEndpoint,
} from '../helpers/engine-harness.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { fromLinux, leavesNothingOpen, onLinuxAtOnce } from '../linux/on-linux.ts';
import { Sockets, send } from '../linux/sockets.ts';

const { createEpollEngine } = await fromLinux(() => import('../../src/engine/epoll/epoll-engine.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

// A unix socket turns away at once, by EAGAIN, whom it has no room for. Only Linux's sockets here accept when a test says so.

const ENGINES: { readonly [name: string]: CreateEngine } = {
  epoll: (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
  net: (parts) => createNetEngine({ ...ENGINE_DEFAULTS, ...parts }),
};

/** A queue of one holds two. */
const BACKLOG = 1;
const ROOM = 2;
const CLIENTS = 12;

class FullEndpoint {
  readonly path: string;
  readonly #sockets: Sockets;
  readonly #fd: number;

  constructor(sockets: Sockets, path: string) {
    this.path = path;
    this.#sockets = sockets;
    this.#fd = sockets.keep(socket.unixSocket());
    socket.bindUnix(this.#fd, path);
    socket.listenOn(this.#fd, BACKLOG);
  }

  /** The next connection; the loop goes on turning meanwhile. */
  async accept(): Promise<number> {
    for (;;) {
      const fd = socket.accept(this.#fd);
      if (fd >= 0) return this.#sockets.keep(fd);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}

for (const [name, create] of Object.entries(ENGINES)) {
  const row = (
    title: string,
    plan: PlanParts,
    play: (t: ExecutionContext, harness: EngineHarness, endpoint: FullEndpoint) => Promise<void>,
  ) =>
    onLinuxAtOnce(`${name}: ${title}`, async (t) => {
      const sockets = new Sockets(t);
      const endpoint = new FullEndpoint(sockets, join(await folderFor(t), 'app'));
      const harness = await EngineHarness.start(create, {
        endpoints: [unixEndpoint(endpoint.path)],
        presentation: { form: 'none' },
        ejection: { after: 1, maxShare: 1 },
        ...plan,
      });
      try {
        await play(t, harness, endpoint);
        t.is(harness.counter('ejections'), 0);
        t.deepEqual(harness.faults, []);
      } finally {
        await harness.stop();
      }
      t.is(harness.active, 0);
      t.is(harness.state.endpointSessions[0], 0);
    });

  const waiting = async (harness: EngineHarness, count: number) =>
    until(
      async () =>
        (await harness.engine.sessions(100)).filter(({ phase }) => phase === 'connect').length === count,
    );

  /** Clients that take all the room there is. */
  const fill = async (harness: EngineHarness) => {
    const clients = await Promise.all(Array.from({ length: ROOM }, () => harness.connect()));
    await until(
      async () => (await harness.engine.sessions(9)).filter(({ phase }) => phase === 'relay').length === ROOM,
    );
    return clients;
  };

  row(
    'who finds the queue of a unix socket full waits for room, and is served',
    {},
    async (t, harness, endpoint) => {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => harness.connect()));
      await waiting(harness, CLIENTS - ROOM);
      for (let count = 0; count < CLIENTS; count++) send(await endpoint.accept(), 'hello');
      for (const client of clients) t.is(await client.readText(5), 'hello');
      for (const client of clients) client.reset();
      for (const _ of clients) t.like(await harness.record(), { reason: 'client_reset', attempts: 1 });
    },
  );

  row(
    'who finds no room within --connect-timeout has timed out, and the endpoint is not to blame',
    { timeouts: { connectMs: 150 } },
    async (t, harness, endpoint) => {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => harness.connect()));
      for (let count = 0; count < CLIENTS - ROOM; count++) {
        const record = await harness.record();
        t.like(record, { reason: 'connect_timeout', detail: 'EAGAIN', attempts: 1 });
        t.true(record.ms >= 150, `${record.ms}`);
      }
      // Those who were in the queue are connected.
      for (let count = 0; count < ROOM; count++) send(await endpoint.accept(), 'hello');
      const heard = () => clients.filter(({ received }) => received.length === 5).length;
      await until(() => heard() === ROOM);
      t.is(harness.active, ROOM);
    },
  );

  row('who goes while it waits is not dialed for any more', {}, async (t, harness, endpoint) => {
    const clients = await fill(harness);
    const gone = await harness.connect();
    await waiting(harness, 1);
    gone.reset();
    t.is((await harness.record()).reason, 'probe');
    const last = await harness.connect();
    await waiting(harness, 1);
    for (let count = 0; count <= ROOM; count++) send(await endpoint.accept(), 'hello');
    for (const client of [...clients, last]) t.is(await client.readText(5), 'hello');
    t.is(harness.active, ROOM + 1);
  });

  row('a stop ends those who wait', {}, async (t, harness) => {
    await Promise.all(Array.from({ length: CLIENTS }, () => harness.connect()));
    await waiting(harness, CLIENTS - ROOM);
    await harness.engine.stop('drain_timeout');
    for (let count = 0; count < CLIENTS; count++) t.is((await harness.record()).reason, 'drain_timeout');
  });

  if (name !== 'net') continue;

  row(
    'whoever is dialed for and goes before that is answered keeps nobody waiting',
    {},
    async (t, harness, endpoint) => {
      const plan: PlanParts = {
        endpoints: [unixEndpoint(endpoint.path)],
        presentation: { form: 'none' },
      };
      await fill(harness);
      await harness.connect();
      await waiting(harness, 1);
      // Node's own word that a dial begins: before it is answered, all sessions are over.
      await new Promise<void>((resolve) => {
        const began = () => {
          unsubscribe('net.client.socket', began);
          resolve(harness.apply({ ...plan, endpoints: [], known: [] }));
        };
        subscribe('net.client.socket', began);
      });
      for (let count = 0; count <= ROOM; count++) t.is((await harness.record()).reason, 'endpoint_gone');
      await harness.apply(plan);
      const last = await harness.connect();
      // Of those who are over, two are still in the queue.
      for (let count = 0; count < ROOM; count++) await endpoint.accept();
      send(await endpoint.accept(), 'hello');
      t.is(await last.readText(5), 'hello');
    },
  );
}
