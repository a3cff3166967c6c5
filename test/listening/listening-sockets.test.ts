import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ListeningSocketsOptions } from '../../src/listening/listening-sockets.ts';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import type { ListenAddress } from '../../src/plan/plan.ts';
import { fromLinux, onLinux } from '../linux/on-linux.ts';

const { accept, close, duplicate } = await fromLinux(() => import('../../src/linux/socket.ts'));
const { ListeningSockets } = await fromLinux(() => import('../../src/listening/listening-sockets.ts'));

const LOOPBACK: ListenAddress = { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port: 0 };

const request = (listen: ListenAddress, name = 'web') => ({ name, listen, keepaliveMs: 0 });

/** Opens, and closes what was opened when the test ends. */
function opener(t: ExecutionContext, options?: ListeningSocketsOptions) {
  const sockets = new ListeningSockets(options);
  return {
    sockets,
    open: (listen: ListenAddress, workers: number, name?: string, more = {}) => {
      const opened = sockets.open({ ...request(listen, name), ...more }, workers);
      t.teardown(() => {
        for (const fd of opened.fds) close(fd);
        sockets.unlink(opened.address);
      });
      return opened;
    },
  };
}

/** What a process would hand to its successor. The descriptors are duplicates, as in another process. */
function handed(
  { fds, address, distinct }: ReturnType<InstanceType<typeof ListeningSockets>['open']>,
  name = 'web',
) {
  return fds.slice(0, distinct).map((fd, worker): HeldSocket => ({ name, address, worker, fd }));
}

/** Connects clients, and returns how many of them each descriptor has in its queue. */
async function spread(t: ExecutionContext, fds: readonly number[], address: ListenAddress, clients: number) {
  const open: Socket[] = [];
  t.teardown(() => {
    for (const socket of open) socket.destroy();
  });
  for (let count = 0; count < clients; count++) {
    const socket =
      address.kind === 'unix' ? connect(address.path) : connect({ host: '127.0.0.1', port: address.port });
    open.push(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  }
  return fds.map((fd) => {
    let count = 0;
    for (let client = accept(fd); client >= 0; client = accept(fd)) {
      close(client);
      count++;
    }
    return count;
  });
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

onLinux('each worker has a socket of its own at one port', async (t) => {
  const { fds, distinct, address } = opener(t).open(LOOPBACK, 3);
  t.is(fds.length, 3);
  t.is(distinct, 3);
  const counts = await spread(t, fds, address, 30);
  t.is(sum(counts), 30);
  t.true(counts.filter((count) => count > 0).length > 1);
});

onLinux('a port that another program has is refused with its errno', (t) => {
  const { address } = opener(t).open(LOOPBACK, 1);
  t.throws(() => opener(t).open(address, 1), { code: 'EADDRINUSE' });
});

onLinux('with --reuse-port another process of the same user may have the port', async (t) => {
  const one = opener(t, { reusePort: true }).open(LOOPBACK, 1);
  const other = opener(t, { reusePort: true }).open(one.address, 2);
  t.is(sum(await spread(t, [...one.fds, ...other.fds], one.address, 20)), 20);
  t.throws(() => opener(t).open(one.address, 1), { code: 'EADDRINUSE' });
});

onLinux('with --reuse-port what has to be exclusive is not shared, nor is a path', async (t) => {
  const exclusive = { exclusive: true };
  const one = opener(t, { reusePort: true }).open(LOOPBACK, 1, 'web', exclusive);
  t.throws(() => opener(t, { reusePort: true }).open(one.address, 1), { code: 'EADDRINUSE' });
  t.throws(() => opener(t, { reusePort: true }).open(one.address, 1, 'web', exclusive), {
    code: 'EADDRINUSE',
  });
  const path = await pathIn(t);
  opener(t, { reusePort: true }).open({ kind: 'unix', path }, 1);
  t.throws(() => opener(t, { reusePort: true }).open({ kind: 'unix', path }, 1), { code: 'EADDRINUSE' });
});

onLinux('every inherited socket is kept, by fewer workers too', (t) => {
  const before = new ListeningSockets().open(request(LOOPBACK), 3);
  const { sockets, open } = opener(t, { inherited: handed(before) });
  t.true(sockets.has(request(before.address)));
  const { fds, distinct, address } = open(before.address, 1);
  t.deepEqual([fds, distinct, address], [before.fds, 3, before.address]);
  t.false(sockets.has(request(before.address)));
});

onLinux('more workers than inherited sockets add sockets of their own to the port', async (t) => {
  const before = new ListeningSockets().open(request(LOOPBACK), 1);
  const { fds, distinct } = opener(t, { inherited: handed(before) }).open(before.address, 4);
  t.is(distinct, 4);
  t.deepEqual(fds.slice(0, 1), before.fds);
  t.is(sum(await spread(t, fds, before.address, 20)), 20);
});

onLinux('port 0 gets the inherited socket of the listener of the same name, and of no other', (t) => {
  const before = new ListeningSockets().open(request(LOOPBACK), 1);
  const { open } = opener(t, { inherited: handed(before) });
  t.notDeepEqual(open(LOOPBACK, 1, 'other').address, before.address);
  t.deepEqual(open(LOOPBACK, 1, 'web').fds, before.fds);
});

onLinux('both families, IPv6 alone and one address are different addresses', (t) => {
  const any = new ListeningSockets().open(request({ kind: 'tcp', ip: null, port: 0 }), 1);
  t.is(any.address.kind, 'tcp');
  const { port } = any.address as Extract<ListenAddress, { kind: 'tcp' }>;
  const { sockets } = opener(t, { inherited: handed(any) });
  t.false(sockets.has(request({ kind: 'tcp', ip: new Uint8Array(16), port })));
  t.false(sockets.has(request({ kind: 'tcp', ip: new Uint8Array(4), port })));
  t.true(sockets.has(request({ kind: 'tcp', ip: null, port })));
  sockets.closeRest();
  t.false(sockets.has(request({ kind: 'tcp', ip: null, port })));
});

onLinux('what was reserved is taken by open, and a reservation that fails leaves nothing', (t) => {
  const taken = opener(t).open(LOOPBACK, 1);
  const { sockets, open } = opener(t);
  const failing = (failures: readonly { request: { name: string }; error: unknown }[]) =>
    new Error(
      failures.map(({ request, error }) => `${request.name}: ${(error as { code: string }).code}`).join(),
    );
  const wanted = [request(taken.address, 'taken'), request(LOOPBACK, 'free'), request(taken.address, 'too')];
  t.throws(() => sockets.reserve(wanted, failing), { message: 'taken: EADDRINUSE,too: EADDRINUSE' });
  t.false(sockets.has(request(LOOPBACK, 'free')));
  sockets.reserve([request(LOOPBACK, 'free')], failing);
  t.true(sockets.has(request(LOOPBACK, 'free')));
  t.is(open(LOOPBACK, 2, 'free').distinct, 2);
});

async function pathIn(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return join(folder, 's');
}

onLinux(
  'of what no listener has asked for only the wanted is kept, and the path of the rest is removed once it is owned',
  async (t) => {
    const [kept, left] = [await pathIn(t), await pathIn(t)];
    const before = new ListeningSockets();
    const paths = [kept, left].map((path) => before.open(request({ kind: 'unix', path }), 1));
    const { sockets, open } = opener(t, { inherited: paths.flatMap((each) => handed(each)) });
    sockets.closeRest([request({ kind: 'unix', path: kept })]);
    t.false(sockets.has(request({ kind: 'unix', path: left })));
    t.true(existsSync(left), 'the process before may serve it still');
    sockets.own();
    t.false(existsSync(left));
    t.deepEqual(open({ kind: 'unix', path: kept }, 1).fds, paths[0]!.fds);
    t.true(existsSync(kept));
  },
);

onLinux('all workers share the one socket of a path, and the path goes with it', async (t) => {
  const path = await pathIn(t);
  const { open, sockets } = opener(t);
  const { fds, distinct, address } = open({ kind: 'unix', path }, 3);
  t.deepEqual([fds.length, distinct], [3, 1]);
  t.is(sum(await spread(t, fds.slice(0, 1), address, 5)), 5);
  sockets.unlink(address);
  t.false(existsSync(path));
});

onLinux(
  'a path is removed by one of two processes: by the old one until it lends, by the new one once it owns',
  async (t) => {
    const path = await pathIn(t);
    const old = opener(t);
    const before = old.open({ kind: 'unix', path }, 1);
    const { sockets } = opener(t, { inherited: handed(before) });
    sockets.unlink(before.address);
    t.true(existsSync(path));
    old.sockets.lend(handed(before));
    old.sockets.unlink(before.address);
    t.true(existsSync(path));
    sockets.own();
    sockets.unlink(before.address);
    t.false(existsSync(path));
  },
);

onLinux('a socket that a supervisor has passed stays open, and its path stays', async (t) => {
  const path = await pathIn(t);
  const theirs = opener(t).open({ kind: 'unix', path }, 1);
  const { open, sockets } = opener(t, { passed: handed(theirs, 'systemd:web') });
  for (let turn = 0; turn < 2; turn++) {
    const { fds } = open({ kind: 'unix', path }, 1);
    t.notDeepEqual(fds, theirs.fds);
  }
  sockets.unlink(theirs.address);
  t.true(existsSync(path));
});

onLinux('no socket joins one that a supervisor has passed: it would go with this process', async (t) => {
  const theirs = opener(t).open(LOOPBACK, 1);
  const { open } = opener(t, { passed: handed(theirs, 'systemd:web') });
  const { fds, distinct } = open(theirs.address, 3);
  t.deepEqual([fds.length, distinct], [3, 1]);
  t.is(sum(await spread(t, fds.slice(0, 1), theirs.address, 3)), 3);
});

(process.getuid?.() === 0 ? test.serial : test.skip)(
  'workers share the socket of another user, whose port they cannot join',
  async (t) => {
    const theirs = opener(t).open(LOOPBACK, 1);
    const inherited = handed(theirs).map((held) => ({ ...held, fd: duplicate(held.fd) }));
    const { open } = opener(t, { inherited });
    process.seteuid!(65534);
    let opened: ReturnType<typeof open>;
    try {
      opened = open(theirs.address, 2);
    } finally {
      process.seteuid!(0);
    }
    t.deepEqual([opened.fds.length, opened.distinct], [2, 1]);
    t.is(sum(await spread(t, opened.fds.slice(0, 1), theirs.address, 3)), 3);
  },
);

(process.getuid?.() === 0 ? test.serial : test.skip)(
  'with --reuse-port a port of another user is refused, whose process has the option too',
  (t) => {
    const { open } = opener(t, { reusePort: true });
    process.seteuid!(65534);
    let theirs: ReturnType<typeof open>;
    try {
      theirs = open(LOOPBACK, 1);
    } finally {
      process.seteuid!(0);
    }
    t.throws(() => opener(t, { reusePort: true }).open(theirs.address, 1), { code: 'EADDRINUSE' });
  },
);

onLinux(
  'sockets of addresses that are asked for later stay open, and no client of their queues is lost',
  async (t) => {
    const later = handed(new ListeningSockets().open(request(LOOPBACK), 1), '--metrics');
    const nobodys = handed(new ListeningSockets().open(request(LOOPBACK), 1), '--admin');
    const { sockets, open } = opener(t, { inherited: [...later, ...nobodys] });
    const { address } = later[0]!;
    sockets.closeRest([{ name: '--metrics', listen: address }]);
    const opened = open(address, 1, '--metrics');
    t.deepEqual(opened.fds, [later[0]!.fd]);
    t.deepEqual(await spread(t, opened.fds, address, 1), [1]);
    await t.throwsAsync(spread(t, [], nobodys[0]!.address, 1), { code: 'ECONNREFUSED' });
  },
);

onLinux('one server has the only socket of an address that was a listener’s with several', async (t) => {
  const held = handed(new ListeningSockets().open(request(LOOPBACK), 4));
  const { open } = opener(t, { inherited: held });
  const { fds, address } = open(held[0]!.address, 1, '--metrics', { exclusive: true });
  t.is(fds.length, 1);
  t.deepEqual(await spread(t, fds, address, 12), [12]);
});

onLinux('a path that nobody asks for is removed once the process before has handed over', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const [kept, nobodys] = ['kept', 'nobodys'].map((name) => ({
    kind: 'unix' as const,
    path: join(folder, name),
  }));
  const before = new ListeningSockets();
  const inherited = [kept!, nobodys!].flatMap((listen) => handed(before.open(request(listen), 1)));
  const { sockets, open } = opener(t, { inherited });
  open(kept!, 1);
  sockets.closeRest();
  t.true(existsSync(nobodys!.path));
  sockets.own();
  t.false(existsSync(nobodys!.path));
  t.true(existsSync(kept!.path));
});
