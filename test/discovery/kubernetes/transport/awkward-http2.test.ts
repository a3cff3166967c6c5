import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../../../src/discovery/kubernetes/api-client.ts';
import { CERTIFICATE } from '../../../helpers/certificate.ts';
import { createConditions } from '../../../helpers/conditions.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';
import { PATH } from '../client-parts.ts';
import { FIRST_MS, trustingAccess } from '../watch-parts.ts';

// Servers that conform to HTTP/2 but behave unhelpfully.

const PING_EVERY_MS = 30_000;
const SETTINGS_MS = 15_000;

interface Awkward {
  /** The first stream limit of each connection. */
  readonly maxStreams?: number;
  /** A request and the number of its connection, from 1 on. */
  readonly answer: (stream: ServerHttp2Stream, connection: number) => void;
}

async function startAwkward(t: ExecutionContext, { maxStreams = 100, answer }: Awkward) {
  const clock = turnedClock();
  const conditions = createConditions();
  const sessions: ServerHttp2Session[] = [];
  const sockets = new Set<Socket>();
  const settings = { maxConcurrentStreams: maxStreams };
  const server = createSecureServer({ ...CERTIFICATE, settings });
  let pings = 0;
  let acknowledged = 0;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => {
      sockets.delete(socket);
      conditions.touch();
    });
  });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
    session.on('ping', () => {
      pings++;
      conditions.touch();
    });
    session.on('localSettings', () => {
      acknowledged++;
      conditions.touch();
    });
    conditions.touch();
  });
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream, sessions.indexOf(stream.session as ServerHttp2Session) + 1);
    conditions.touch();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(`https://127.0.0.1:${port}`);
  const client = createKubernetesClient(trustingAccess(url), { clock, random: () => 0 });
  const { signal } = new AbortController();
  t.teardown(() => {
    client.stop();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    ...{ client, clock, conditions, sessions, sockets, signal },
    pings: () => pings,
    /** How often clients have acknowledged settings. */
    acknowledged: () => acknowledged,
    async list() {
      const reply = await client.list(PATH, signal);
      return 'object' in reply ? 'listed' : reply.code;
    },
  };
}

function answerWell(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.end('{}');
}

test('a server that takes no streams at first is waited for', async (t) => {
  const { list, sessions, conditions } = await startAwkward(t, { maxStreams: 0, answer: answerWell });
  const listing = list();
  await conditions.until(() => sessions.length === 1);
  sessions[0]!.settings({ maxConcurrentStreams: 1 });
  t.is(await listing, 'listed');
  t.is(sessions.length, 1);
});

test('a server that takes no streams for 15 s is given up, and not dialed without rest', async (t) => {
  const { list, clock, conditions, acknowledged, sockets } = await startAwkward(t, {
    maxStreams: 0,
    answer: answerWell,
  });
  const listing = list();
  await conditions.until(() => acknowledged() === 1);
  clock.advance(SETTINGS_MS);
  t.is(await listing, 'unavailable');
  t.true(clock.waiting.includes(FIRST_MS));
  await conditions.until(() => sockets.size === 0);
});

test('a server that takes no streams any more, and has answered none, is dialed again', async (t) => {
  const started = await startAwkward(t, {
    answer(stream, connection) {
      if (connection > 1) return answerWell(stream);
      stream.session!.settings({ maxConcurrentStreams: 0 });
      stream.close(7);
    },
  });
  t.is(await started.list(), 'reset');
  const next = started.list();
  await started.clock.until(FIRST_MS);
  started.clock.advance(FIRST_MS);
  t.is(await next, 'listed');
  t.is(started.sessions.length, 2);
});

test('a connection without any answer, pings aside, is given up after that of a list is late', async (t) => {
  const { list, clock, conditions, sessions, pings } = await startAwkward(t, {
    answer: (stream, connection) => connection > 1 && answerWell(stream),
  });
  const listings = [list(), list()];
  await clock.until(30_000, 3);
  clock.advance(30_000);
  t.deepEqual(await Promise.all(listings), ['timeout', 'timeout']);
  const next = list();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  t.is(await next, 'listed');
  await conditions.until(() => sessions.length === 2);
  t.true(pings() <= 1);
});

test('after a GOAWAY a watch goes on for longer than two pings, while the server acknowledges anything', async (t) => {
  const streams: ServerHttp2Stream[] = [];
  const { client, clock, conditions, sessions, signal } = await startAwkward(t, {
    answer(stream) {
      stream.respond({ ':status': 200 });
      streams.push(stream);
    },
  });
  const lines: string[] = [];
  let isOpen = false;
  const ended = client.watch(
    `${PATH}&watch=1`,
    {
      opened() {
        isOpen = true;
        conditions.touch();
      },
      line: (line) => lines.push(line) === 0,
    },
    signal,
  );
  await conditions.until(() => isOpen);
  sessions[0]!.goaway(0);
  // The client has read it once the bytes sent after it have arrived.
  let isRead = false;
  sessions[0]!.ping(() => {
    isRead = true;
    conditions.touch();
  });
  await conditions.until(() => isRead);
  for (let time = 0; time < 2; time++) {
    await clock.until(PING_EVERY_MS);
    clock.advance(PING_EVERY_MS);
  }
  await clock.until(PING_EVERY_MS);
  streams[0]!.write('{}\n');
  t.is(await ended, null);
  t.deepEqual(lines, ['{}']);
});

test('W18: a write that a GOAWAY says was not acted on is sent again, and one that may have been is not', async (t) => {
  const asked: string[] = [];
  let last = 1;
  const { client, signal, list, sessions } = await startAwkward(t, {
    answer(stream, connection) {
      asked.push(`${connection}:${stream.id}`);
      if (stream.id === 1) return answerWell(stream);
      stream.session!.goaway(0, last);
      stream.session!.destroy();
    },
  });
  const write = { verb: 'update', path: PATH, body: {} } as const;
  await list();
  t.deepEqual(await client.send(write, signal), { object: {} });
  t.deepEqual(asked, ['1:1', '1:3', '2:1']);
  last = 3;
  t.like(await client.send(write, signal), { code: 'reset' });
  t.deepEqual(asked, ['1:1', '1:3', '2:1', '2:3']);
  t.is(sessions.length, 2);
});
