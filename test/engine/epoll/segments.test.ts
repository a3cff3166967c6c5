import test, { type ExecutionContext } from 'ava';
import type { Memory } from '../../../src/linux/memory.ts';
import { endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { fromLinux, LINUX, leavesNothingOpen, onLinux, openDescriptors } from '../../linux/on-linux.ts';
import { memoryOf, Sockets, until } from '../../linux/sockets.ts';
import { EngineBench } from './engine-bench.ts';

const { EPOLL } = await fromLinux(() => import('../../../src/linux/epoll.ts'));
const { ERRNO, errnoName } = await fromLinux(() => import('../../../src/linux/errno.ts'));
const { declare } = await fromLinux(() => import('../../../src/linux/libc.ts'));
const { allocate } = await fromLinux(() => import('../../../src/linux/memory.ts'));
const { endStream, receive, transmit } = await fromLinux(() => import('../../../src/linux/socket.ts'));

const PLAIN = 0;
const TRUSTING = 1;
const V1 = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 2000\r\n';
const HEADER_BYTES = 28;
/** What a worker reads at once. */
const READ = 65_536;
const SIZES = [1, 4096, READ - HEADER_BYTES, READ - 1, READ, READ + 1, 3 * READ, 300_000];

// include/linux/socket.h
const MSG_OOB = 0x1;
const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;

leavesNothingOpen(async () => {
  await bench.stop();
  sockets.closeAll();
});

/** Raw sockets on both sides: they see errors as they are, and decide what is in one segment. They block, the engine's thread does not. */
const sockets = new Sockets();
let bench: EngineBench;
let listener: { readonly fd: number; readonly port: number };

if (LINUX) {
  test.before(async () => {
    listener = sockets.listener(undefined, 128);
    const plan = { endpoints: [endpointAt(listener.port)], timeouts: { idleMs: 4000, halfCloseMs: 1000 } };
    bench = await EngineBench.start(1, plan, { ...plan, admission: TRUSTED });
  });
}

/** A test that leaves the engine as it found it. */
function row(title: string, play: (t: ExecutionContext) => void | Promise<void>): void {
  onLinux(title, async (t) => {
    const before = openDescriptors();
    // What an earlier test left when it failed is not this one's.
    await bench.forget();
    await play(t);
    await bench.settled();
    t.deepEqual(bench.held, { active: 0, reserved: 0, endpointSessions: 0 });
    t.deepEqual({ ...openDescriptors(), pipe: 0 }, { ...before, pipe: 0 });
  });
}

const sendCall = (flags: number) => {
  const call = declare('intptr_t send(int fd, uintptr_t bytes, uintptr_t length, int flags)');
  return (fd: number, address: number, length: number) => call(fd, address, length, flags);
};

/** Sends all of it, however long it takes. */
function sendAll(fd: number, bytes: Uint8Array, flags = 0): void {
  const send = sendCall(MSG_NOSIGNAL | flags);
  const memory = memoryOf(bytes);
  for (let sent = 0; sent < bytes.length; ) {
    const count = send(fd, memory.address + sent, bytes.length - sent);
    if (count > 0) sent += count;
    else until(fd, EPOLL.OUT);
  }
}

/** The same, with the end of the stream in its last segment. */
function sendLast(fd: number, bytes: Uint8Array): void {
  sendAll(fd, bytes, MSG_MORE);
  endStream(fd);
}

let room: Memory | undefined;

/** Reads up to so many bytes, or to the end, and says how that came. */
function readAll(
  fd: number,
  most = Number.POSITIVE_INFINITY,
): { readonly bytes: Buffer; readonly end: string } {
  room ??= allocate(READ);
  const memory = room;
  const chunks: Buffer[] = [];
  for (let length = 0; length < most; ) {
    until(fd, EPOLL.IN);
    const count = receive(fd, memory.address, Math.min(READ, most - length));
    if (count === 0) return { bytes: Buffer.concat(chunks), end: 'end' };
    if (count < 0 && count !== -ERRNO.EAGAIN) return { bytes: Buffer.concat(chunks), end: errnoName(-count) };
    if (count < 0) continue;
    chunks.push(Buffer.from(memory.bytes.subarray(0, count)));
    length += count;
  }
  return { bytes: Buffer.concat(chunks), end: 'open' };
}

const payload = (length: number, salt: number) =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7 + salt) & 0xff);

const connected = (listening = PLAIN) => {
  const client = sockets.dial(bench.ports[listening]!);
  const served = sockets.accept(listener.fd);
  readAll(served, HEADER_BYTES);
  return { client, served };
};

function closeBoth(...fds: number[]): void {
  for (const fd of fds) sockets.close(fd);
}

row('a request with its end in one segment, sent at once, is whole, and so is such an answer', async (t) => {
  for (const size of SIZES) {
    const client = sockets.dial(bench.ports[PLAIN]!);
    const [question, answer] = [payload(size, 1), payload(size, 2)];
    sendLast(client, question);
    const served = sockets.accept(listener.fd);
    const got = readAll(served);
    t.is(got.end, 'end');
    t.true(got.bytes.subarray(HEADER_BYTES).equals(question), `${size}`);
    sendLast(served, answer);
    const back = readAll(client);
    t.is(back.end, 'end');
    t.true(back.bytes.equals(answer), `${size}`);
    closeBoth(client, served);
  }
  for (const [index, record] of (await bench.records(SIZES.length)).entries()) {
    const size = SIZES[index]!;
    t.like(record, { reason: 'client_closed', bytesToEndpoint: size, bytesToClient: size });
  }
});

row('they are whole in the middle of a session too, whoever comes first', async (t) => {
  for (const size of SIZES) {
    for (const first of ['client', 'served'] as const) {
      const { client, served } = connected();
      const [from, to] = first === 'client' ? [client, served] : [served, client];
      sendAll(from, payload(10, 3));
      t.is(readAll(to, 10).end, 'open');
      sendLast(from, payload(size, 1));
      const got = readAll(to);
      t.is(got.end, 'end');
      t.true(got.bytes.equals(payload(size, 1)), `${size} of the ${first}`);
      sendLast(to, payload(size, 2));
      t.true(readAll(from).bytes.equals(payload(size, 2)), `${size} to the ${first}`);
      closeBoth(client, served);
    }
  }
  for (const [index, { reason }] of (await bench.records(2 * SIZES.length)).entries()) {
    t.is(reason, index % 2 === 0 ? 'client_closed' : 'endpoint_closed');
  }
});

row('both sides may send their last at once', async (t) => {
  for (const size of SIZES) {
    const { client, served } = connected();
    sendLast(client, payload(size, 1));
    sendLast(served, payload(size, 2));
    t.true(readAll(served).bytes.equals(payload(size, 1)), `${size}`);
    t.true(readAll(client).bytes.equals(payload(size, 2)), `${size}`);
    closeBoth(client, served);
  }
  for (const { reason } of await bench.records(SIZES.length)) {
    t.true(['client_closed', 'endpoint_closed'].includes(reason), reason);
  }
});

row('a header, its request and their end in one segment are told apart', async (t) => {
  const sizes = [0, ...SIZES];
  for (const size of sizes) {
    const client = sockets.dial(bench.ports[TRUSTING]!);
    sendLast(client, Buffer.concat([Buffer.from(V1), payload(size, 1)]));
    const served = sockets.accept(listener.fd);
    const got = readAll(served);
    t.is(got.end, 'end');
    t.true(got.bytes.subarray(HEADER_BYTES).equals(payload(size, 1)), `${size}`);
    sendLast(served, payload(5, 2));
    t.is(readAll(client).bytes.length, 5);
    closeBoth(client, served);
  }
  for (const [index, record] of (await bench.records(sizes.length)).entries()) {
    t.like(record, {
      reason: 'client_closed',
      header: 1,
      client: '192.0.2.1:1000',
      bytesToEndpoint: sizes[index]!,
    });
  }
});

row('a byte that is sent urgently comes in its place, and those behind it come too', async (t) => {
  const urgent = sendCall(MSG_NOSIGNAL | MSG_OOB);
  // Kept to the end of the test: the kernel is given its address only.
  const memory = memoryOf('beforeUbehind');
  // All of it is there when the relay begins, or comes in the middle of it.
  for (let round = 0; round < 40; round++) {
    const early = round % 2 === 0;
    const { client, served } = early
      ? { client: sockets.dial(bench.ports[PLAIN]!), served: -1 }
      : connected();
    transmit(client, memory.address, 6);
    urgent(client, memory.address + 6, 1);
    transmit(client, memory.address + 7, 6);
    if (round % 4 < 2) endStream(client);
    const endpoint = early ? sockets.accept(listener.fd) : served;
    if (early) readAll(endpoint, HEADER_BYTES);
    let text = '';
    while (!text.endsWith('behind')) {
      const { bytes, end } = readAll(endpoint, 1);
      text += bytes.toString();
      if (end !== 'open') break;
    }
    t.is(text, 'beforeUbehind', `round ${round}`);
    closeBoth(client, endpoint);
  }
});

for (const who of ['client', 'endpoint'] as const) {
  const expected = who === 'client' ? 'client_reset' : 'endpoint_reset';
  const sidesOf = ({ client, served }: { readonly client: number; readonly served: number }) =>
    who === 'client' ? { from: client, to: served } : { from: served, to: client };

  row(`what the ${who} sent before its reset is delivered, the reset behind it`, async (t) => {
    const sizes = [1, 4096, READ, 2 * READ + 1];
    for (const size of sizes) {
      const { from, to } = sidesOf(connected());
      sendAll(from, payload(size, 1));
      const got = readAll(to, size);
      sockets.reset(from);
      t.true(got.bytes.equals(payload(size, 1)));
      t.is(readAll(to).end, 'ECONNRESET');
      sockets.close(to);
    }
    for (const { reason } of await bench.records(sizes.length)) t.is(reason, expected);
  });

  row(`a reset of the ${who} is noticed behind any amount that nobody reads`, async (t) => {
    const block = memoryOf(payload(READ, 1));
    // From less than what is taken at once to more than all buffers on the way hold.
    const amounts = [1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 256];
    const left: number[] = [];
    for (const amount of amounts) {
      const { from, to } = sidesOf(connected());
      for (let sent = 0; sent < amount * READ; ) {
        const count = transmit(from, block.address, READ);
        if (count <= 0) break;
        sent += count;
      }
      sockets.reset(from);
      left.push(to);
    }
    const reasons = (await bench.records(amounts.length)).map(({ reason }) => reason);
    for (const fd of left) sockets.close(fd);
    t.deepEqual(
      reasons,
      amounts.map(() => expected),
    );
  });
}

row('a client that resets at once, accepted or not, leaves nothing', async (t) => {
  const before = bench.counter('opened', PLAIN);
  for (let time = 0; time < 50; time++) sockets.reset(sockets.dial(bench.ports[PLAIN]!));
  // Whoever comes behind them is served.
  const client = sockets.dial(bench.ports[PLAIN]!);
  sendAll(client, payload(5, 1));
  let got = 0;
  while (got !== 5) {
    const served = sockets.accept(listener.fd);
    got = readAll(served, HEADER_BYTES + 5).bytes.length - HEADER_BYTES;
    sockets.reset(served);
  }
  t.is(readAll(client).end, 'ECONNRESET');
  sockets.close(client);
  await bench.until('over', () => bench.active === 0);
  const count = bench.counter('opened', PLAIN) - before;
  t.true(count >= 1 && count <= 51, `${count}`);
  const reasons = (await bench.records(count)).map(({ reason }) => reason);
  t.is(reasons.at(-1), 'endpoint_reset');
  const expected = ['probe', 'client_gone', 'client_reset', 'connect_refused', 'endpoint_reset'];
  t.deepEqual(
    reasons.filter((reason) => !expected.includes(reason)),
    [],
  );
});
