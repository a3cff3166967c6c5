import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { createNetEngine } from '../../src/engine/net/net-engine.ts';
import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import type { Engine } from '../../src/plan/engine.ts';
import { COUNTER, REASON_AT } from '../../src/shared-memory/counters.ts';
import { createSharedState, sumCounters } from '../../src/shared-memory/shared-state.ts';
import { Connection } from '../helpers/connection.ts';
import { type CreateEngine, ENGINE_DEFAULTS, endpointAt, listenerPlan } from '../helpers/engine-harness.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { fromLinux, leavesNothingOpen, onLinux, openDescriptors } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';
import { StuckEndpoint } from './epoll/stuck-endpoint.ts';

const { createEpollEngine } = await fromLinux(() => import('../../src/engine/epoll/epoll-engine.ts'));

leavesNothingOpen();

const CLIENTS = 3000;
const AT_ONCE = 160;
const ADDRESSES = 8;
/** Of each listener: fewer than come at once, so that some have to wait. */
const MOST_SESSIONS = 24;
const MOST_OF_A_CLIENT = 10;
const LISTENERS = 4;
const HEALTHY = 3;
const WORKERS = 2;
const HEADER_BYTES = 28;

const ENGINES: { readonly [name: string]: CreateEngine } = {
  'epoll, 1 thread': (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
  'epoll, 2 threads': (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: WORKERS }),
  net: (parts) => createNetEngine({ ...ENGINE_DEFAULTS, ...parts }),
};

/** What has to come up among so many. */
const USUAL = ['probe', 'client_reset', 'client_closed', 'endpoint_reset', 'connect_timeout'] as const;

/** What a client does once it is connected. */
const DOINGS: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.write('hello', () => socket.resetAndDestroy()),
  (socket) => socket.end('hello', () => socket.resetAndDestroy()),
  // Ends when it is answered, or reset.
  (socket) => socket.on('data', () => socket.end()).write('hello'),
  (socket) => socket.on('data', () => socket.resetAndDestroy()).write('hello'),
];

async function play(port: number, number: number): Promise<void> {
  const localAddress = `127.0.0.${1 + (Math.floor(number / LISTENERS) % ADDRESSES)}`;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {}).resume();
  socket.once('connect', () => DOINGS[number % DOINGS.length]!(socket));
  await new Promise((resolve) => socket.once('close', resolve));
}

async function serve(t: ExecutionContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** Turns until something is so. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`never ${what}`);
    await new Promise(setImmediate);
  }
}

for (const [name, create] of Object.entries(ENGINES)) {
  onLinux(
    `${name}: of ${CLIENTS} clients and endpoints that reset each other nothing is left, and each session has one reason`,
    async (t) => {
      const state = createSharedState({ workers: WORKERS, listeners: LISTENERS, clients: 1000, seed: 7 });
      let told = 0;
      const engine: Engine = await create({
        state,
        observer: {
          records: (records, dropped) => {
            told += records.length + dropped;
          },
          fault: (_listener, message) => t.fail(message),
        },
      });
      t.teardown(() => engine.stop('stopped'));
      const resetting = await serve(t, (socket) => socket.resetAndDestroy());
      const healthy = await serve(t, (socket) => socket.pipe(socket));
      const stuck = new StuckEndpoint(new Sockets(t)).port;
      const pools = [
        [endpointAt(resetting, 0)],
        [endpointAt(await unusedPort(), 1), endpointAt(resetting, 0)],
        [endpointAt(stuck, 2)],
        [endpointAt(healthy, 3)],
      ];
      const open = await engine.apply({
        generation: 1,
        listeners: pools.map((endpoints, id) =>
          listenerPlan({
            id,
            name: `${id}`,
            endpoints,
            ejection: { after: CLIENTS },
            timeouts: { connectMs: 200 },
            limits: { maxSessions: MOST_SESSIONS, maxSessionsPerClient: MOST_OF_A_CLIENT },
          }),
        ),
      });
      const ports = open.map(({ address }) => (address.kind === 'tcp' ? address.port : 0));
      const before = openDescriptors();

      let next = 0;
      const one = async () => {
        while (next < CLIENTS) {
          const number = next++;
          await play(ports[number % LISTENERS]!, number);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));

      const counters = () => pools.map((_, id) => sumCounters(state, id));
      const sum = (at: number) => counters().reduce((total, row) => total + row[at]!, 0);
      await until('at rest', () => sum(COUNTER.opened) === sum(COUNTER.ended));
      await until('told', () => told === sum(COUNTER.ended));
      const reasons = Object.fromEntries(REASON_NAMES.map((reason, at) => [reason, sum(REASON_AT + at)]));
      const all = Object.values(reasons).reduce((total, count) => total + count, 0);
      t.is(all, sum(COUNTER.ended));
      // Who gives up before a place is free was never a session of node:net; in the kernel's queue the place is kept.
      if (!engine.servesInMainThread) t.is(all, CLIENTS);
      for (const reason of USUAL) t.true(reasons[reason]! > 0, `${reason} never came`);
      for (const reason of ['internal_error', 'worker_lost', 'descriptors', 'local_ports'])
        t.is(reasons[reason], 0);
      const held = (cells: Int32Array) => cells.reduce((total, cell) => total + cell, 0);
      t.deepEqual([held(state.reserved), held(state.endpointSessions)], [0, 0]);
      await until('closed', () => isDeepStrictEqual(openDescriptors(), before));

      // The limits are free again, to the last place: so many are served at once as may be, and of one client.
      const crowd = await Promise.all(
        Array.from({ length: MOST_SESSIONS + 1 }, (_, at) =>
          Connection.to({
            port: ports[HEALTHY]!,
            host: '127.0.0.1',
            localAddress: `127.0.0.${1 + Math.floor(at / MOST_OF_A_CLIENT)}`,
          }),
        ),
      );
      for (const client of crowd) client.write('hello');
      const served = () => crowd.filter(({ received }) => received.length === HEADER_BYTES + 5).length;
      await until('served again', () => served() >= MOST_SESSIONS);
      // Whoever is the one too many waits, in the queue of whichever worker.
      t.deepEqual([served(), held(state.reserved)], [MOST_SESSIONS, MOST_SESSIONS]);
      for (const client of crowd) client.destroy();
      await Promise.all(crowd.map(({ closed }) => closed));
    },
  );
}
