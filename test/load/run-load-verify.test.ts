import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { startLoad } from '../../src/load/run-load.ts';
import { LINUX } from '../linux/on-linux.ts';
import { answerHttp, seenBy, startEndpoint } from './endpoint.ts';
import { failuresOf, play, SOCKETS, startEchoOn } from './played-run.ts';
import { planWith } from './sample-plan.ts';

// Whom the endpoint sees, and that a lie is found. Serial: a run that shares the processors with others is late, and
// reports it.

for (const kind of SOCKETS) {
  test.serial(`${kind}: an endpoint that lies once in a hundred is found out, each time`, async (t) => {
    let answers = 0;
    let lies = 0;
    const port = await startEndpoint(
      t,
      answerHttp((socket) => {
        if (++answers === 470) load.stop();
        // A lie after the end of the run need not be found.
        if (answers > 470 || answers % 100 !== 50) return seenBy(socket);
        lies++;
        return seenBy(socket).replace(/127\.0\.0\.\d+/, '127.0.0.250');
      }),
    );
    const plan = { port, work: 'http', keep: true, verify: true, rate: 'max', connections: 4 } as const;
    const load = startLoad(planWith({ ...plan, durationMs: 60_000 }), kind);
    const { measured } = await load.outcome;
    t.is(lies, 5, `${answers} answers`);
    t.is(measured.wrongClients, lies);
    t.true(measured.rightClients > 400);
    t.deepEqual(failuresOf(measured.errors), []);
  });

  for (const send of ['v1', 'v2'] as const) {
    for (const work of ['http', 'ping'] as const) {
      test.serial(
        `${kind}: echo sees the clients of a ${send} header, of both families, by ${work}`,
        async (t) => {
          const port = await startEchoOn(t, { raw: work === 'ping' });
          const clients = ['203.0.113.0/24', '2001:db8::/64'].map((text) => parseCidr(text)!);
          const { measured } = await play(kind, { port, work, send, clients, verify: true });
          t.is(measured.wrongClients, 0);
          t.is(measured.rightClients, 30);
          t.deepEqual(failuresOf(measured.errors), []);
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
    const plan = { work: 'http', clients, bind: true, verify: true } as const;
    const { measured } = await play(kind, { port, ...plan });
    t.deepEqual([measured.wrongClients, measured.rightClients], [0, 30]);
    t.is(seen.size, 30);
    t.true(seen.has('127.9.0.30'));
  });
}
