import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import type { LoadEndpoint, LoadPlan } from '../../src/load/load-plan.ts';
import { startLoad } from '../../src/load/run-load.ts';
import { startEcho } from '../../src/tools/echo-server.ts';
import { IPV6 } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { LINUX } from '../linux/on-linux.ts';
import { answerHttp, seenBy, startEndpoint } from './endpoint.ts';
import { planWith } from './sample-plan.ts';

// One after the other: a crowd that shares the processors with others is late, and says so.

const V6 = { kind: 'tcp', ip: new Uint8Array(16).fill(1, 15), port: 0 } as const;

const ENGINES = LINUX ? (['epoll', 'net'] as const) : (['net'] as const);
type Kind = (typeof ENGINES)[number];

const run = (kind: Kind, parts: Partial<LoadPlan> & { readonly port: number }) =>
  startLoad(planWith(parts), kind).outcome;

const errorsOf = (errors: { readonly [kind: string]: number }) =>
  Object.entries(errors).filter(([, count]) => count > 0);

async function startRaw(t: ExecutionContext, { raw = true } = {}): Promise<number> {
  const echo = await startEcho({ listen: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 }, raw });
  t.teardown(() => echo.stop());
  return echo.address.kind === 'tcp' ? echo.address.port : 0;
}

/** Echoes; what comes behind the first so many, and within a second of them, is answered when that is over. */
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
      if (answers === first) stallEnds = now + 1000;
      if (now < stallEnds) setTimeout(() => socket.write(bytes), stallEnds - now);
      else socket.write(bytes);
    });
  });
}

for (const kind of ENGINES) {
  test.serial(`${kind}: a stall of a second is seen by all who should have come meanwhile`, async (t) => {
    const port = await stallingEcho(t, 60);
    const { measured } = await run(kind, { port, rate: 300, durationMs: 1500 });
    t.deepEqual(errorsOf(measured.errors), []);
    const { p50, p99, max } = measured.latency.total!;
    t.true(p99! > 950_000, `p99 ${p99}`);
    t.true(max >= p99!);
    // 300 of 450 were due in the stall, and their waits are spread over it.
    t.true(p50! > 100_000, `p50 ${p50}`);
  });

  test.serial(`${kind}: in a closed loop the same stall is seen by those alone who were there`, async (t) => {
    const port = await stallingEcho(t, 500, (answers) => {
      if (answers === 1000) load.stop();
    });
    const plan = { port, rate: 'max', connections: 1, keep: true, durationMs: 60_000 } as const;
    const load = startLoad(planWith(plan), kind);
    const { measured } = await load.outcome;
    const { p99, max } = measured.latency.total!;
    t.true(max > 950_000, `max ${max}`);
    t.true(p99! < 0.5 * max, `p99 ${p99}`);
  });

  test.serial(`${kind}: an endpoint that lies once in a thousand is found out, each time`, async (t) => {
    let answers = 0;
    let lies = 0;
    const port = await startEndpoint(
      t,
      answerHttp((socket) => {
        if (++answers === 2700) load.stop();
        // A lie that is told once the run is over is nobody's to find.
        if (answers > 2700 || answers % 1000 !== 500) return seenBy(socket);
        lies++;
        return seenBy(socket).replace(/127\.0\.0\.\d+/, '127.0.0.250');
      }),
    );
    const plan = { port, work: 'http', keep: true, verify: true, rate: 'max', connections: 4 } as const;
    const load = startLoad(planWith({ ...plan, durationMs: 60_000 }), kind);
    const { measured } = await load.outcome;
    t.true(lies >= 3, `${answers} answers`);
    t.is(measured.wrongClients, lies);
    t.true(measured.rightClients > 2000);
    t.deepEqual(errorsOf(measured.errors), []);
  });

  for (const send of ['v1', 'v2'] as const) {
    for (const work of ['http', 'ping'] as const) {
      test.serial(
        `${kind}: echo sees the clients of a ${send} header, of both families, by ${work}`,
        async (t) => {
          const port = await startRaw(t, { raw: work === 'ping' });
          const clients = ['203.0.113.0/24', '2001:db8::/64'].map((text) => parseCidr(text)!);
          const { measured } = await run(kind, { port, work, send, clients, verify: true, rate: 100 });
          t.is(measured.wrongClients, 0);
          t.is(measured.rightClients, 30);
          t.deepEqual(errorsOf(measured.errors), []);
        },
      );
    }
  }

  test.serial(`${kind}: clients of 127/8 are sockets of their own, and seen without a header`, async (t) => {
    if (!LINUX) {
      t.pass();
      return;
    }
    const seen = new Set<string | undefined>();
    const port = await startEndpoint(
      t,
      answerHttp((socket) => {
        seen.add(socket.remoteAddress);
        return seenBy(socket);
      }),
    );
    const clients = [parseCidr('127.9.0.0/16')!];
    const plan = { work: 'http', clients, bind: true, verify: true, rate: 100 } as const;
    const { measured } = await run(kind, { port, ...plan });
    t.deepEqual([measured.wrongClients, measured.rightClients], [0, 30]);
    t.is(seen.size, 30);
    t.true(seen.has('127.9.0.30'));
  });

  test.serial(`${kind}: pings that are kept share few connections, and keep their rate`, async (t) => {
    let connections = 0;
    const port = await startEndpoint(t, (socket) => {
      connections++;
      socket.pipe(socket);
    });
    const { measured } = await run(kind, { port, keep: true, connections: 3, rate: 200 });
    t.true(connections <= 3);
    t.true(measured.achieved.requests > 40 && measured.achieved.requests <= 60);
  });

  test.serial(
    `${kind}: with no more places than --connections arrivals wait, and their times say so`,
    async (t) => {
      const port = await startEndpoint(t, (socket) => {
        socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 30));
      });
      const { measured } = await run(kind, { port, rate: 100, connections: 1, durationMs: 200 });
      // 20 arrivals of which each takes 30 ms: the last has waited for 19 others, 570 ms less its own 190.
      t.true(measured.latency.total!.max > 350_000, `${measured.latency.total!.max}`);
      t.true(measured.latency.firstByte!.p50! < 150_000);
    },
  );

  test.serial(`${kind}: connections are made and closed, each once`, async (t) => {
    const headers: string[] = [];
    let closed = (): void => {};
    const all = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const port = await startEndpoint(t, (socket) => {
      let bytes = '';
      socket.on('data', (chunk) => {
        bytes += chunk;
      });
      socket.on('end', () => {
        socket.end();
        if (headers.push(bytes) === 30) closed();
      });
    });
    const clients = [parseCidr('192.0.2.1')!];
    const { measured } = await run(kind, { port, work: 'connect', rate: 100, send: 'v1', clients });
    await all;
    for (const each of headers) t.regex(each, /^PROXY TCP4 192\.0\.2\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
    t.is(headers.length, 30);
    t.is(measured.achieved.requests, 0);
    t.is(measured.latency.firstByte, null);
    t.deepEqual(errorsOf(measured.errors), []);
  });

  test.serial(`${kind}: bulk goes in both directions, and to no byte more than came`, async (t) => {
    const port = await startRaw(t);
    const plan = { work: 'bulk', rate: 'max', connections: 2, payloadBytes: 65_536 } as const;
    const { measured } = await run(kind, { port, ...plan, warmupMs: 50 });
    const { sentBytesPerSecond, receivedBytesPerSecond, open } = measured.achieved;
    t.true(sentBytesPerSecond > 1_000_000 && receivedBytesPerSecond > 1_000_000);
    t.is(open, 2);
    t.deepEqual(errorsOf(measured.errors), []);
  });

  test.serial(`${kind}: who is held is open to the end, and one that is lost is an error`, async (t) => {
    let count = 0;
    const port = await startEndpoint(t, (socket) => {
      if (++count === 5) socket.end();
      socket.resume();
    });
    const { measured } = await run(kind, { port, work: 'idle', rate: 'max', connections: 100 });
    t.is(measured.achieved.open, 100);
    t.deepEqual(errorsOf(measured.errors), [['ended', 1]]);
  });

  test.serial(
    `${kind}: a slow crowd drips its header, and its figure is how long it was borne`,
    async (t) => {
      const heads: string[] = [];
      const port = await startEndpoint(t, (socket) => {
        let head = '';
        heads.push('');
        const own = heads.length - 1;
        socket.on('data', (bytes) => {
          head += bytes;
          heads[own] = head;
          if (head.length === 2) socket.resetAndDestroy();
        });
      });
      const clients = [parseCidr('192.0.2.1')!];
      const plan = {
        work: 'slow',
        send: 'v1',
        clients,
        rate: 'max',
        connections: 5,
        durationMs: 450,
      } as const;
      const { measured } = await run(kind, { port, ...plan });
      t.deepEqual(heads.slice(0, 5), ['PR', 'PR', 'PR', 'PR', 'PR']);
      const { p50 } = measured.latency.total!;
      t.true(p50! > 100_000 && p50! < 450_000);
      t.deepEqual(errorsOf(measured.errors), []);
    },
  );

  test.serial(`${kind}: failures are told by their kinds`, async (t) => {
    const serve: readonly (readonly [string, (text: string) => string | null])[] = [
      ['ended', () => null],
      ['bad_answer', () => 'no HTTP at all\r\n\r\n'],
      ['http_status', () => 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'],
    ];
    for (const [failure, answer] of serve) {
      const port = await startEndpoint(t, (socket) => {
        socket.on('data', (bytes) => {
          const text = answer(String(bytes));
          if (text !== null) socket.write(text);
          else socket.end();
        });
      });
      const { measured } = await run(kind, { port, work: 'http', rate: 100, durationMs: 100 });
      t.deepEqual(errorsOf(measured.errors), [[failure, 10]]);
    }
    const { measured } = await run(kind, { port: await unusedPort(), rate: 100, durationMs: 100 });
    t.deepEqual(errorsOf(measured.errors), [['connect_refused', 10]]);
  });

  test.serial(
    `${kind}: who never has an answer counts as that, with the time that it has waited`,
    async (t) => {
      const port = await startEndpoint(t, (socket) => socket.resume());
      const { measured } = await run(kind, { port, rate: 50, durationMs: 100 });
      t.deepEqual(errorsOf(measured.errors), [['unanswered', 5]]);
      t.true(measured.latency.total!.p50! > 1_000_000);
      t.is(measured.achieved.requests, 0);
    },
  );
}

test.serial('threads share the arrivals and the clients, and nothing comes twice', async (t) => {
  const ports = new Set<number | undefined>();
  const port = await startEndpoint(
    t,
    answerHttp((socket) => {
      ports.add(socket.remotePort);
      return seenBy(socket);
    }),
  );
  const { measured } = await run(ENGINES[0], { port, work: 'http', rate: 200, threads: 3, verify: true });
  t.is(measured.rightClients, 60);
  t.is(measured.wrongClients, 0);
  t.is(measured.achieved.seconds, 0.3);
});

test.serial('a crowd that gets no address of its own says that the generator was the limit', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const clients = [parseCidr('203.0.113.0/24')!];
  for (const rate of [100, 'max'] as const) {
    const plan = planWith({ port, rate, clients, bind: true, connections: 2, durationMs: 100 });
    const { measured, limitedByGenerator } = await startLoad(plan, ENGINES[0]).outcome;
    t.is(limitedByGenerator, 'local_ports');
    t.deepEqual(
      errorsOf(measured.errors).map(([kind]) => kind),
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
    const plan = planWith({ endpoints, rate: 100, send: 'v2', clients, verify: true });
    const { measured } = await startLoad(plan, ENGINES[0]).outcome;
    t.deepEqual([measured.rightClients, measured.wrongClients], [30, 0]);
  }
});

test.serial('a run that is stopped has the figures of the time until then, and says so', async (t) => {
  const port = await startEndpoint(t, (socket) => socket.pipe(socket));
  const load = startLoad(planWith({ port, durationMs: 60_000 }), ENGINES[0]);
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
  t.deepEqual(errorsOf(measured.errors), []);
});

test.serial('two ways take turns, and what is between them is found', async (t) => {
  const direct = await startEndpoint(t, (socket) => socket.pipe(socket));
  const through = await startEndpoint(t, (socket) => {
    socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 20));
  });
  const ip = Uint8Array.of(127, 0, 0, 1);
  const endpoints = [direct, through].map((port) => ({ kind: 'tcp', ip, port }) as const);
  const plan = planWith({ endpoints, keep: true, connections: 20, durationMs: 600, rate: 200 });
  const outcome = await startLoad(plan, ENGINES[0]).outcome;
  const { difference, ratio } = outcome.overhead!.total!.p50!;
  t.is(difference.count, 10);
  t.true(difference.median > 15_000, `${difference.median}`);
  t.true(ratio.median > 1);
  t.true(Math.abs(outcome.direct!.achieved.seconds - 0.6) < 0.01);
  t.true(outcome.direct!.achieved.requests > 50 && outcome.measured.achieved.requests > 50);
});
