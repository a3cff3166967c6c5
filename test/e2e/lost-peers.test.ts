import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { Program, type ProgramLine } from '../helpers/program.ts';
import { ask } from '../ops/ask.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

const HERE = '10.11.12.1';
const THERE = '10.11.12.2';
const PORT = 9000;
const USER_TIMEOUT_MS = 1000;
/** What a busy machine may take besides. */
const SLACK_MS = 700;

/** An endpoint that accepts, and never reads. */
const DEAF = `require('net').createServer({ pauseOnConnect: true }).listen(${PORT}, '${THERE}', () => console.log('here'))`;
/** An endpoint that speaks ten times a second. */
const TICKING = `require('net').createServer((s) => s.on('error', () => {}) && setInterval(() => s.write('x'), 100)).listen(${PORT}, '${HERE}', () => console.log('here'))`;
const visitor = (port: number) =>
  `require('net').connect(${port}, '${HERE}').on('error', () => {}).on('data', () => console.log('served'))`;

/** Two networks, a wire between them, and Herald in the one. Whoever is in the other can vanish. */
async function start(t: ExecutionContext, flags: string, where: { listen?: string; endpoint: string }) {
  const here = await Namespace.create(t);
  const there = await Namespace.create(t);
  here.connectTo(there, [`${HERE}/24`], [`${THERE}/24`]);
  const folder = await folderFor(t);
  const [path, admin] = [join(folder, 'herald'), join(folder, 'admin')];
  const herald = await Program.start(
    t,
    `edge --listen ${where.listen ?? `unix:${path}`} --to ${where.endpoint}:${PORT} --threads 1 --access-log all --metrics none --admin unix:${admin} ${flags}`,
    { prefix: here.prefix },
  );
  return {
    here,
    there,
    herald,
    /** From here no packet goes there any more, and none comes: a cable that is pulled. */
    cut: () => there.ip('link set wire down'),
    mend: () => there.ip('link set wire up'),
    connect: async () => {
      const client = await Connection.to({ path });
      t.teardown(() => client.destroy());
      return client;
    },
    /** Until nothing has moved in the one session for so long. */
    quietFor: (ms: number) =>
      retry(async () => {
        const { body } = await ask({ kind: 'unix', path: admin }, '/sessions');
        const { idleMs } = JSON.parse(body).sessions[0];
        if (idleMs < ms) throw new Error(`${idleMs} ms`);
      }),
  };
}

/** The same with an endpoint there that echoes, and a client that it has greeted. */
async function served(t: ExecutionContext, flags: string) {
  const scene = await start(t, flags, { endpoint: THERE });
  await Program.start(t, `echo --listen ${THERE}:${PORT} --raw`, { prefix: scene.there.prefix });
  const client = await scene.connect();
  while (!(await client.readText(1)).endsWith('\n'));
  return { ...scene, client };
}

/** The line of the session's end, and how long it took. */
async function endOf(herald: Program): Promise<ProgramLine & { readonly afterMs: number }> {
  const began = performance.now();
  const line = await herald.logged(({ reason }) => reason !== undefined);
  return { ...line, afterMs: performance.now() - began };
}

/** Where it is shown that somebody is kept: a busy machine gets more time to show it. */
const PATIENT_MS = 3 * USER_TIMEOUT_MS;

const TIMED = `--engine epoll --tcp-user-timeout ${USER_TIMEOUT_MS}ms`;

inNamespace(
  'an endpoint that vanishes while it is sent to is lost within one and a half of --tcp-user-timeout',
  async (t) => {
    const { herald, client, cut } = await served(t, `${TIMED} --keepalive 0`);
    cut();
    client.write('into the dark');
    const { reason, detail, afterMs } = await endOf(herald);
    t.deepEqual([reason, detail], ['endpoint_lost', 'ETIMEDOUT']);
    t.true(afterMs > USER_TIMEOUT_MS - 50 && afterMs < 1.5 * USER_TIMEOUT_MS + SLACK_MS, `${afterMs}`);
  },
);

inNamespace(
  'a client that vanishes while it is sent to is lost within one and a half of --tcp-user-timeout',
  async (t) => {
    const { herald, here, there, cut } = await start(t, `${TIMED} --keepalive 0`, {
      listen: `${HERE}:0`,
      endpoint: HERE,
    });
    await here.start(t, process.execPath, ['-e', TICKING]).line(/here/);
    await there.start(t, process.execPath, ['-e', visitor(herald.port())]).line(/served/);
    cut();
    const { reason, detail, afterMs } = await endOf(herald);
    t.deepEqual([reason, detail], ['client_lost', 'ETIMEDOUT']);
    // The next tick is the first that nobody answers.
    t.true(afterMs < 100 + 1.5 * USER_TIMEOUT_MS + SLACK_MS, `${afterMs}`);
  },
);

inNamespace('an endpoint that vanishes in silence is found by keepalive, and lost as soon', async (t) => {
  const { herald, cut } = await served(t, `${TIMED} --keepalive 1s`);
  cut();
  const { reason, afterMs } = await endOf(herald);
  t.is(reason, 'endpoint_lost');
  // Keepalive is set after a second, and asks after another.
  t.true(afterMs < 2000 + 1.5 * USER_TIMEOUT_MS + SLACK_MS, `${afterMs}`);
});

inNamespace('keepalive alone finds an endpoint that vanished: epoll', async (t) => {
  const { herald, here, cut } = await served(t, '--engine epoll --tcp-user-timeout 0 --keepalive 1s');
  // By default nine probes of a second each.
  await here.run(t, 'sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/tcp_keepalive_probes']);
  cut();
  const { reason, detail } = await endOf(herald);
  t.is(reason, 'endpoint_lost');
  t.true(detail === 'ETIMEDOUT' || detail === 'EHOSTUNREACH', detail);
});

// Node asks for ten probes a second apart, whatever the machine says: that they are asked for is what is looked at.
inNamespace('keepalive watches an endpoint that is idle: net', async (t) => {
  const { here } = await served(t, '--engine net --tcp-user-timeout 0 --keepalive 1s');
  await retry(async () => {
    const { stdout } = await here.run(t, 'ss', ['-tnoH', 'dst', THERE]);
    if (!/timer:\(keepalive,/.test(stdout)) throw new Error(stdout);
  });
  t.pass();
});

inNamespace('an endpoint that answers and does not read is never lost', async (t) => {
  const { there, herald, connect, quietFor } = await start(t, `${TIMED} --keepalive 1s`, { endpoint: THERE });
  await there.start(t, process.execPath, ['-e', DEAF]).line(/here/);
  const client = await connect();
  client.write(Buffer.alloc(32 << 20));
  await quietFor(3 * USER_TIMEOUT_MS);
  t.false(herald.log.some(({ reason }) => reason !== undefined));
  t.is(herald.exit, null);
});

inNamespace(
  'an endpoint that was silent for long, and then answers late, is not lost for its silence',
  async (t) => {
    const flags = `--engine epoll --tcp-user-timeout ${PATIENT_MS}ms --keepalive 0`;
    const { herald, here, client, cut, mend, quietFor } = await served(t, flags);
    // What is lost is sent again every 200 ms, and not after ever longer pauses.
    await here.run(t, 'sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/tcp_thin_linear_timeouts']);
    await quietFor(1.5 * PATIENT_MS);
    cut();
    client.write('late');
    // It is looked at every half of the timeout, and has answered nothing for longer than the whole.
    await quietFor(0.55 * PATIENT_MS);
    mend();
    t.is(await client.readText(4), 'late');
    t.deepEqual(
      herald.log.filter(({ reason }) => reason !== undefined),
      [],
    );
  },
);
