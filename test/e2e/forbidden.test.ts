import { createHash, randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { startPlainServer } from './plain-server.ts';
import { connectTo, visit } from './visit.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

const FORBID_CALLS = new URL('../helpers/forbid-calls.js', import.meta.url);
const FORBID_KOFFI = new URL('../helpers/forbid-koffi.js', import.meta.url);

/** Before the program runs the kernel is told what to forbid it, or koffi is taken away. */
function without(what: string): { readonly env: { readonly [name: string]: string } } {
  const forbid = what === 'koffi' ? FORBID_KOFFI : FORBID_CALLS;
  return { env: { NODE_OPTIONS: `--import ${forbid}`, FORBIDDEN: what } };
}

function command(port: number, flags = ''): string {
  return `edge --listen 127.0.0.1:0 --to 127.0.0.1:${port} --access-log all ${NO_OPS} ${flags}`;
}

/** What the kernel forbids, and what is said of it. */
const CALLS = {
  accept4: 'the kernel forbids accept4 (EPERM)',
  eventfd2: 'the kernel forbids eventfd (EPERM)',
  ...(process.arch === 'x64' ? { epoll_wait: 'the kernel forbids epoll_wait (EPERM)' } : {}),
  recvfrom: 'the kernel forbids recv (EPERM)',
  sendto: 'the kernel forbids send (EPERM)',
  reuseport: 'the kernel forbids SO_REUSEPORT (EPERM)',
  koffi: 'no koffi on this machine',
};

for (const [what, why] of Object.entries(CALLS)) {
  const message = `the epoll engine cannot be had here: ${why}`;

  // By accept4 node:net accepts as well: nothing serves then.
  if (what !== 'accept4') {
    onLinux(`without ${what} one warning says so, and node:net serves`, async (t) => {
      const endpoint = await startPlainServer(t);
      const herald = await Program.start(t, command(endpoint, '--present none --threads 2'), without(what));
      const { answer, address } = await visit({ port: herald.port() });
      t.is(answer[0], '127.0.0.1', address);
      t.deepEqual(
        herald.complaints.map(({ level, msg }) => [level, msg]),
        [['warn', `${message}; the net engine serves`]],
      );
      t.is((await herald.logged(({ msg }) => msg.startsWith('served by '))).msg, `served by net: ${message}`);
    });
  }

  onLinux(`without ${what} --engine epoll does not start, and says why`, async (t) => {
    const { code, stderr } = await Program.run(t, command(9, '--engine epoll --threads 2'), without(what));
    t.is(code, 1);
    t.true(stderr.includes(message), stderr);
  });
}

onLinux('a single thread needs no SO_REUSEPORT', async (t) => {
  const herald = await Program.start(t, command(9, '--engine epoll --threads 1'), without('reuseport'));
  t.deepEqual(herald.complaints, []);
});

// Several times what a direction copies before it is spliced.
const BULK = randomBytes(3 << 20);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function carry(t: ExecutionContext, herald: Program, endpoint: ScriptedEndpoint): Promise<void> {
  const client = await connectTo({ port: herald.port() });
  t.teardown(() => client.destroy());
  client.end(BULK);
  const served = await endpoint.accept();
  served.end(BULK);
  const [down, up] = await Promise.all([client.readToEnd(), served.readToEnd()]);
  t.deepEqual([digest(down), digest(up.subarray(28))], [digest(BULK), digest(BULK)]);
}

onLinux('without splice bulk is copied, and no session is lost', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const herald = await Program.start(t, command(endpoint.port, '--engine epoll'), without('splice'));
  await Promise.all(Array.from({ length: 3 }, () => carry(t, herald, endpoint)));
  const ended = await Promise.all(
    [1, 2, 3].map((count) => herald.logged(({ reason }) => reason !== undefined, count)),
  );
  for (const { reason } of ended) t.regex(reason!, /^(client|endpoint)_closed$/);
  t.deepEqual(herald.complaints, []);
});

onLinux(
  'without netlink transparent listeners do not start, routes are not shown, and it is said why',
  async (t) => {
    const flags = '--trust 127.0.0.1 --accept-proxy any --present transparent';
    for (const [who, line] of [
      ['--present transparent', command(9, flags)],
      ['herald routes', 'routes show'],
    ] as const) {
      const { code, stderr } = await Program.run(t, line, without('netlink'));
      t.is(code, 1);
      t.is(stderr, `herald: ${who} needs a netlink socket, and the kernel refuses one here (EPERM)`);
    }
  },
);
