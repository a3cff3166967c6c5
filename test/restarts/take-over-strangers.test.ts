import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { Generations } from '../helpers/generations.ts';
import { installed, testWith } from '../helpers/peer-installed.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { descriptorsOf } from '../helpers/processes.ts';
import { Program, type ProgramLine } from '../helpers/program.ts';
import { RequestTalk, talkOnce } from '../helpers/request-talk.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { localhost } from './take-over-world.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.skip;
const SETPRIV = installed('setpriv');
const ROOT = { missing: process.getuid?.() === 0 ? null : 'only root has other users' };
const STRANGER = fileURLToPath(new URL('../helpers/stranger.js', import.meta.url));

const GOOD_END = { code: 0, signal: null };

/** `herald run` with one listener, and the path of its take-over socket. */
async function createWorld(t: ExecutionContext) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const file = join(await folderFor(t), 'herald.yaml');
  const port = await unusedPort();
  writeFileSync(
    file,
    `version: 1\nmetrics: none\nadmin: none\nthreads: 2\ndrainTimeout: 60s\nlisteners:\n  - {name: web, listen: "127.0.0.1:${port}", to: "127.0.0.1:${endpoint.port}", present: none}\n`,
  );
  const command = `run --config ${file}`;
  const herald = await Generations.start(t, command);
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16);
  const path = herald.path(`take-over-${hash}.sock`);
  await retry(async () => statSync(path));
  const once = () => talkOnce(endpoint, localhost(port), herald.pids);
  return { herald, endpoint, port, command, once, path };
}

onLinux(
  'the take-over socket is its owner’s alone, is handed on, and goes with the last process',
  async (t) => {
    const { herald, path, once } = await createWorld(t);
    const { mode, ino } = statSync(path);
    t.is(mode & 0o777, 0o600);
    await herald.takeOver();
    await herald.exitOf(herald.pids[0]!);
    t.is(statSync(path).ino, ino);
    await herald.takeOver();
    t.is(await once(), herald.pid);
    await herald.exitOf(herald.pids[1]!);
    t.deepEqual(await herald.stop(), GOOD_END);
    t.deepEqual(readdirSync(herald.folder), []);
    t.deepEqual(herald.complaints, []);
  },
);

/** Resolves once the process has no more descriptors than so many. */
function hasNoMore(pid: number, descriptors: number): Promise<void> {
  return retry(async () => {
    const { length } = descriptorsOf(pid);
    if (length > descriptors) throw new Error(`it has ${length} descriptors, and had ${descriptors}`);
  });
}

const HELLO = 'herald-take-over 1\n';

const STRANGE = {
  nothing: '',
  'half a line': 'herald-take-',
  'another protocol': 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'bytes at random': '\u0000\u0001\u00ff\n\n\n\u0000',
  'ready without a hello': 'ready\n',
  'a megabyte': 'x'.repeat(1 << 20),
  'a hello, and what does not come next': `${HELLO}ready\n`,
};

onLinux('whatever a stranger of the same user says, the process serves, and can be taken over', async (t) => {
  const { herald, path, once } = await createWorld(t);
  const old = herald.pid;
  // The first session takes what all of them use.
  await once();
  const before = descriptorsOf(old).length;
  for (const words of Object.values(STRANGE)) {
    for (const ends of [true, false]) {
      const stranger = await Connection.to({ path });
      stranger.socket.on('error', () => {});
      stranger.write(words);
      if (ends) stranger.end();
      else stranger.destroy();
      if (ends) await stranger.closed;
      t.is(await once(), old);
    }
  }
  await hasNoMore(old, before);
  t.deepEqual(await herald.program.exit, null);
  await herald.takeOver();
  t.is(await once(), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux('a stranger that connects and says nothing does not keep a successor away', async (t) => {
  const { herald, path, once } = await createWorld(t);
  const strangers = await Promise.all(Array.from({ length: 8 }, () => Connection.to({ path })));
  await herald.takeOver();
  t.is(await once(), herald.pid);
  t.deepEqual(await herald.exitOf(herald.pids[0]!), GOOD_END);
  for (const stranger of strangers) stranger.destroy();
  t.deepEqual(await herald.stop(), GOOD_END);
});

testWith(
  [SETPRIV],
  [ROOT],
  onLinux,
)('another user at the take-over socket gets nothing, and one warning says so', async (t) => {
  const { herald, path, once } = await createWorld(t);
  const visit = async () => {
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, STRANGER, path];
    const stranger = new PeerProcess(SETPRIV.command, [...args, 'herald-take-over 1\n']);
    t.teardown(() => stranger.stop('SIGKILL'));
    await stranger.exited;
    return stranger.stdout[0];
  };
  t.is(await visit(), 'EACCES');
  // As if somebody had opened it to all.
  chmodSync(path, 0o666);
  t.regex((await visit())!, /^closed after 0 bytes$|^ECONNRESET$|^EPIPE$/);
  const { msg, detail } = await herald.program.logged(({ level }: ProgramLine) => level === 'warn');
  t.deepEqual([msg, detail], ['connection to the take-over socket refused', 'it is another user']);
  t.is(await once(), herald.pid);
  await herald.takeOver();
  t.is(await once(), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux(
  'a Herald that a supervisor starts with HERALD_TAKE_OVER takes over as a successor does',
  async (t) => {
    const { herald, path, command, endpoint, port } = await createWorld(t);
    const before = await RequestTalk.begin(endpoint, localhost(port));
    const successor = await Generations.start(t, command, {
      env: { HERALD_TAKE_OVER: path, RUNTIME_DIRECTORY: herald.folder },
    });
    await herald.program.logged(({ msg }) => msg === 'draining');
    const pids = [herald.pid, successor.pid];
    await herald.parted(herald.pid, successor.pid);
    t.is(await talkOnce(endpoint, localhost(port), pids), successor.pid);
    await before.finish();
    t.deepEqual(await herald.program.exited, GOOD_END);
    await successor.takeOver();
    t.is(await talkOnce(endpoint, localhost(port), successor.pids), successor.pid);
    t.deepEqual(await successor.stop(), GOOD_END);
    t.deepEqual([...herald.complaints, ...successor.complaints], []);
  },
);

function manifest(json: string): string {
  return `manifest ${json.length}\n${json}`;
}

/** What another process than Herald might say at the path of HERALD_TAKE_OVER. */
const OLD_SIDES = {
  'closes at once': null,
  'ends in the middle of its manifest': 'manifest 100\n{"version":1,"listeners":[',
  'has another version': manifest('{"version":2,"listeners":[]}'),
  refuses: 'refused it is not the day\n',
  'sends no descriptors': `${manifest(
    '{"version":1,"listeners":[{"name":"web","address":"127.0.0.1:80","protocol":"tcp","worker":0}]}',
  )}descriptors 1\n`,
  'is never done with its manifest': 'manifest 999999999\n{}',
  'speaks something else': 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
};

for (const [what, words] of Object.entries(OLD_SIDES)) {
  onLinux(`a successor does not start where the other side ${what}, and says why`, async (t) => {
    const path = join(await folderFor(t), 'old.sock');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      if (words === null) socket.destroy();
      else socket.end(words);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    t.teardown(() => server.close());
    const { code, stderr, stdout } = await Program.run(
      t,
      'edge --listen 127.0.0.1:0 --to 127.0.0.1:9 --metrics none --admin none',
      { env: { HERALD_TAKE_OVER: path } },
    );
    t.is(code, 1);
    t.regex(stderr, /^herald: .+$/);
    t.false(stdout.includes('"listening"'));
    if (what === 'has another version') t.regex(stderr, /version 2/);
    if (what === 'refuses') t.regex(stderr, /it is not the day/);
  });
}

onLinux('a successor does not start where nobody is at the path, and says why', async (t) => {
  const { code, stderr } = await Program.run(
    t,
    'edge --listen 127.0.0.1:0 --to 127.0.0.1:9 --metrics none --admin none',
    { env: { HERALD_TAKE_OVER: '/not-there/take-over.sock' } },
  );
  t.is(code, 1);
  t.regex(stderr, /^herald: .*\/not-there\/take-over\.sock.*$/);
});
