import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { startEndpoint } from './endpoint.ts';
import { failuresOf, play, SOCKETS, startEchoOn } from './played-run.ts';

// What connections of each --work do on real sockets, and how they fail. Serial: a run that shares the processors with
// others is late, and reports it.

for (const kind of SOCKETS) {
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
    const { measured } = await play(kind, { port, work: 'connect', send: 'v1', clients });
    await all;
    for (const each of headers) t.regex(each, /^PROXY TCP4 192\.0\.2\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
    t.is(headers.length, 30);
    t.is(measured.achieved.requests, 0);
    t.is(measured.latency.firstByte, null);
    t.deepEqual(failuresOf(measured.errors), []);
  });

  test.serial(`${kind}: bulk goes in both directions, and to no byte more than came`, async (t) => {
    const port = await startEchoOn(t);
    const plan = { work: 'bulk', rate: 'max', connections: 2, payloadBytes: 65_536 } as const;
    const { measured } = await play(kind, { port, ...plan, warmupMs: 50 });
    const { sentBytesPerSecond, receivedBytesPerSecond, open } = measured.achieved;
    t.true(sentBytesPerSecond > 1_000_000 && receivedBytesPerSecond > 1_000_000);
    t.is(open, 2);
    t.deepEqual(failuresOf(measured.errors), []);
  });

  test.serial(`${kind}: who is held is open to the end, and one that is lost is an error`, async (t) => {
    let count = 0;
    const port = await startEndpoint(t, (socket) => {
      if (++count === 5) socket.end();
      socket.resume();
    });
    const { measured } = await play(kind, { port, work: 'idle', rate: 'max', connections: 100 });
    t.is(measured.achieved.open, 100);
    t.deepEqual(failuresOf(measured.errors), [['ended', 1]]);
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
        durationMs: 400,
      } as const;
      const { measured } = await play(kind, { port, ...plan });
      t.deepEqual(heads.slice(0, 5), ['PR', 'PR', 'PR', 'PR', 'PR']);
      const { p50 } = measured.latency.total!;
      t.true(p50! > 100_000 && p50! < 400_000);
      t.deepEqual(failuresOf(measured.errors), []);
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
      const { measured } = await play(kind, { port, work: 'http', rate: 200, durationMs: 50 });
      t.deepEqual(failuresOf(measured.errors), [[failure, 10]]);
    }
    const { measured } = await play(kind, { port: await unusedPort(), rate: 200, durationMs: 50 });
    t.deepEqual(failuresOf(measured.errors), [['connect_refused', 10]]);
  });
}
