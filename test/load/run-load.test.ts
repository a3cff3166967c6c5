import { join } from 'node:path';
import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import type { LoadEndpoint } from '../../src/load/load-plan.ts';
import { startLoad } from '../../src/load/run-load.ts';
import { startEcho } from '../../src/tools/echo-server.ts';
import { IPV6 } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { answerHttp, seenBy, startEndpoint } from './endpoint.ts';
import { failuresOf, play, SOCKETS } from './played-run.ts';
import { planWith } from './sample-plan.ts';

// A run as a whole: threads, ways, endpoints, its end. Serial: a run that shares the processors with others is late, and
// reports it.

const V6 = { kind: 'tcp', ip: new Uint8Array(16).fill(1, 15), port: 0 } as const;
const [KIND] = SOCKETS;

test.serial('threads share the arrivals and the clients, and nothing comes twice', async (t) => {
  const ports = new Set<number | undefined>();
  const port = await startEndpoint(
    t,
    answerHttp((socket) => {
      ports.add(socket.remotePort);
      return seenBy(socket);
    }),
  );
  const { measured } = await play(KIND, { port, work: 'http', rate: 600, threads: 3, verify: true });
  t.is(measured.rightClients, 60);
  t.is(measured.wrongClients, 0);
  t.is(measured.achieved.seconds, 0.1);
});

test.serial('a crowd that gets no address of its own says that the generator was the limit', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const clients = [parseCidr('203.0.113.0/24')!];
  for (const rate of [100, 'max'] as const) {
    const plan = planWith({ port, rate, clients, bind: true, connections: 2, durationMs: 50 });
    const { measured, limitedByGenerator } = await startLoad(plan, KIND).outcome;
    t.is(limitedByGenerator, 'local_ports');
    t.deepEqual(
      failuresOf(measured.errors).map(([kind]) => kind),
      ['local_ports'],
    );
    t.is(measured.achieved.connections, 0);
  }
});

test.serial('unix sockets and IPv6 are endpoints too', async (t) => {
  const path = join(await folderFor(t), 'echo.sock');
  const listens = [{ kind: 'unix', path } as const, ...(IPV6.missing === null ? [V6] : [])];
  for (const listen of listens) {
    const echo = await startEcho({ listen, raw: true });
    t.teardown(() => echo.stop());
    const endpoints = [echo.address as LoadEndpoint];
    const clients = [parseCidr('192.0.2.0/24')!];
    const plan = planWith({ endpoints, rate: 300, durationMs: 100, send: 'v2', clients, verify: true });
    const { measured } = await startLoad(plan, KIND).outcome;
    t.deepEqual([measured.rightClients, measured.wrongClients], [30, 0]);
  }
});

test.serial('a run that is stopped has the figures of the time until then, and says so', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const load = startLoad(planWith({ port, durationMs: 60_000 }), KIND);
  await new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if ((load.progress().latest?.perSecond ?? 0) === 0) return;
      clearInterval(look);
      resolve();
    }, 5);
  });
  t.true(load.progress().share < 0.5);
  load.stop();
  const { measured, endedEarly } = await load.outcome;
  t.true(endedEarly);
  t.true(measured.achieved.seconds < 30 && measured.achieved.requests > 0);
  t.true(Math.abs(measured.achieved.requestsPerSecond - 200) < 100);
  t.deepEqual(failuresOf(measured.errors), []);
});

test.serial('two ways take turns, and what is between them is found', async (t) => {
  const direct = await startEndpoint(t, (socket) => socket.pipe(socket));
  const through = await startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 10));
  });
  const ip = Uint8Array.of(127, 0, 0, 1);
  const endpoints = [direct, through].map((port) => ({ kind: 'tcp', ip, port }) as const);
  const plan = planWith({ endpoints, keep: true, connections: 20, durationMs: 300, rate: 400 });
  const outcome = await startLoad(plan, KIND).outcome;
  const { difference, ratio } = outcome.overhead!.total!.p50!;
  t.is(difference.count, 10);
  t.true(difference.median > 7500, `${difference.median}`);
  t.true(ratio.median > 1);
  t.true(Math.abs(outcome.direct!.achieved.seconds - 0.3) < 0.01);
  t.true(outcome.direct!.achieved.requests > 50 && outcome.measured.achieved.requests > 50);
});
