import test, { type ExecutionContext } from 'ava';
import { NO_OPS, Program } from '../helpers/program.ts';
import { onLinuxAtOnce } from '../linux/on-linux.ts';
import { startPlainServer } from './plain-server.ts';
import { type IpFamily, LOOPBACK, visit } from './visit.ts';

// Two Heralds of one user at one port.

const FORBID_KOFFI = new URL('../helpers/forbid-koffi.js', import.meta.url);
/** So many that one Herald alone gets all of them once in a billion of runs. */
const VISITS = 30;

const hostOf = (family: IpFamily) => (family === 4 ? LOOPBACK[4] : `[${LOOPBACK[6]}]`);

function start(t: ExecutionContext, listen: string, endpoint: number, flags: string): Promise<Program> {
  const to = `127.0.0.1:${endpoint}`;
  return Program.start(t, `edge --listen ${listen} --to ${to} --access-log all ${NO_OPS} ${flags}`);
}

/** How many sessions have ended. */
const served = ({ log }: Program) => log.filter(({ reason }) => reason !== undefined).length;

for (const [name, flags] of [
  ['epoll', '--engine epoll --threads 2 --present none'],
  ['net', '--engine net --present none'],
  ['http', '--present forwarded'],
] as const) {
  for (const family of [4, 6] as const) {
    onLinuxAtOnce(
      `${name}, IPv${family}: with --reuse-port a second Herald joins, and goes on alone`,
      async (t) => {
        const endpoint = await startPlainServer(t);
        const both = `${flags} --reuse-port`;
        const old = await start(t, `${hostOf(family)}:0`, endpoint, both);
        const port = old.port();
        const next = await start(t, `${hostOf(family)}:${port}`, endpoint, both);
        const visitAll = () => Promise.all(Array.from({ length: VISITS }, () => visit({ port, family })));
        await visitAll();
        t.deepEqual(await old.stop(), { code: 0, signal: null });
        // All that the old one has to say has been said.
        await next.until('all sessions', () => (served(old) + served(next) >= VISITS ? true : undefined));
        t.true(served(old) > 0 && served(next) > 0, `${served(old)} and ${served(next)}`);
        await visitAll();
      },
    );
  }
}

onLinuxAtOnce('a port of a Herald without --reuse-port is refused, and why is said', async (t) => {
  const first = await start(t, '127.0.0.1:0', 9, '--threads 1');
  const flags = `--listen 127.0.0.1:${first.port()} --to 127.0.0.1:9 ${NO_OPS} --reuse-port`;
  const { code, stderr } = await Program.run(t, `edge ${flags}`);
  t.is(code, 1);
  t.regex(
    stderr,
    /in use .*; --reuse-port shares it only with a process of the same user that has the option too\n?$/,
  );
});

test('without koffi --reuse-port does not start, and says why', async (t) => {
  const { code, stderr } = await Program.run(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 --engine net ${NO_OPS} --reuse-port`,
    { env: { NODE_OPTIONS: `--import ${FORBID_KOFFI}` } },
  );
  t.is(code, 1);
  t.is(stderr, 'herald: --reuse-port needs Linux, and koffi with a binary for this machine');
});
