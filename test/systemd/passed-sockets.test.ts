import test from 'ava';
import { fromLinux, LINUX } from '../linux/on-linux.ts';

// The room loads koffi. What it does with what the kernel says is the same everywhere, but only Linux can load it.
const { passedSockets } = await fromLinux(() => import('../../src/systemd/passed-sockets.ts'));
const onLinux = LINUX ? test : test.skip;

type Inspect = NonNullable<Parameters<typeof passedSockets>[2]>['inspect'];
type Facts = NonNullable<ReturnType<Inspect>>;

const STREAM = 1;
const tcp = (port: number, ip: Uint8Array | null = Uint8Array.of(127, 0, 0, 1)): Facts => {
  return { address: { kind: 'tcp', ip, port }, type: STREAM, isListening: true };
};
const unix = (path: string): Facts => {
  return { address: { kind: 'unix', path }, type: STREAM, isListening: true };
};

/** What is made of these descriptors, the first of which is 3. */
function read(env: { [name: string]: string }, facts: readonly (Facts | null)[] = []) {
  const adopted: number[] = [];
  const calls = {
    inspect: (fd: number) => facts[fd - 3] ?? null,
    adopt: (fd: number) => adopted.push(fd),
  };
  return { ...passedSockets(env, 42, calls), adopted };
}

const ours = (names: string) => ({
  LISTEN_PID: '42',
  LISTEN_FDS: String(names.split(':').length),
  LISTEN_FDNAMES: names,
});

onLinux('without LISTEN_FDS nothing was passed', (t) => {
  t.deepEqual(read({}), { sockets: [], problems: [], adopted: [] });
  t.deepEqual(read({ LISTEN_PID: '7' }), { sockets: [], problems: [], adopted: [] });
  t.deepEqual(read({ LISTEN_FDS: '0', LISTEN_FDNAMES: '' }), { sockets: [], problems: [], adopted: [] });
});

onLinux('each name has its socket and its address, and every socket is adopted', (t) => {
  const { sockets, problems, adopted } = read(ours('web:mail:any'), [
    tcp(80),
    unix('/run/mail.sock'),
    tcp(443, null),
  ]);
  t.deepEqual(problems, []);
  t.deepEqual(sockets, [
    { name: 'web', fds: [3], address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 80 } },
    { name: 'mail', fds: [4], address: { kind: 'unix', path: '/run/mail.sock' } },
    { name: 'any', fds: [5], address: { kind: 'tcp', ip: null, port: 443 } },
  ]);
  t.deepEqual(adopted, [3, 4, 5]);
});

onLinux('several sockets of one name at one address are one listener', (t) => {
  const { sockets, problems } = read(ours('web:mail:web:web'), [tcp(80), tcp(25), tcp(80), tcp(80)]);
  t.deepEqual(problems, []);
  t.deepEqual(
    sockets.map(({ name, fds }) => [name, fds]),
    [
      ['web', [3, 5, 6]],
      ['mail', [4]],
    ],
  );
});

onLinux('without LISTEN_PID the sockets are ours, and without names they are called unknown', (t) => {
  t.deepEqual(
    read({ LISTEN_FDS: '1' }, [tcp(80)]).sockets.map(({ name }) => name),
    ['unknown'],
  );
  t.deepEqual(
    read({ LISTEN_FDS: '2', LISTEN_FDNAMES: ':web' }, [tcp(80), tcp(81)]).sockets.map(({ name }) => name),
    ['unknown', 'web'],
  );
});

const WRONG: readonly (readonly [what: string, env: { [name: string]: string }, message: string])[] = [
  [
    'sockets of another process',
    { ...ours('web'), LISTEN_PID: '41' },
    'the sockets were passed to process "41" (LISTEN_PID), and this is process 42: a shell in between must start Herald with exec',
  ],
  [
    'a count that is no number',
    { ...ours('web'), LISTEN_FDS: 'one' },
    'LISTEN_FDS must be a number, got "one"',
  ],
  ['a negative count', { ...ours('web'), LISTEN_FDS: '-1' }, 'LISTEN_FDS must be a number, got "-1"'],
  [
    'a count beyond reason',
    { ...ours('web'), LISTEN_FDS: '9999999' },
    'LISTEN_FDS must be a number, got "9999999"',
  ],
  [
    'fewer names than sockets',
    { ...ours('web'), LISTEN_FDS: '2' },
    'LISTEN_FDNAMES has 1 names, and LISTEN_FDS is 2',
  ],
  [
    'more names than sockets',
    { ...ours('web:mail'), LISTEN_FDS: '1' },
    'LISTEN_FDNAMES has 2 names, and LISTEN_FDS is 1',
  ],
];

for (const [what, env, message] of WRONG) {
  onLinux(`${what}: nothing is taken, and a sentence says why`, (t) => {
    t.deepEqual(read(env, [tcp(80), tcp(81)]), {
      sockets: [],
      problems: [{ name: null, message }],
      adopted: [],
    });
  });
}

const UNFIT: readonly (readonly [what: string, facts: Facts | null, message: string])[] = [
  ['a descriptor that is no socket', null, 'descriptor 4 (mail) is not open, or is not a socket'],
  [
    'a datagram socket',
    { ...tcp(53), type: 2, isListening: false },
    'descriptor 4 (mail) is a datagram socket, which this version of Herald does not serve: use ListenStream=',
  ],
  [
    'a socket of sequenced packets',
    { ...unix('/run/s'), type: 5 },
    'descriptor 4 (mail) is not a stream socket: use ListenStream=',
  ],
  [
    'a connection',
    { ...tcp(80), isListening: false },
    'descriptor 4 (mail) does not listen: use ListenStream= with Accept=no',
  ],
  [
    'an abstract unix socket',
    { ...unix(''), address: { kind: 'abstract', name: 'x' } },
    'descriptor 4 (mail) is a unix socket of the abstract namespace (@x), which has no path: give ListenStream= a path',
  ],
  [
    'a socket of another family',
    { ...unix(''), address: { kind: 'other', family: 40 } },
    'descriptor 4 (mail) is neither a TCP socket nor a unix socket',
  ],
  [
    'a second address under one name',
    tcp(81),
    'sockets of the name mail have different addresses (127.0.0.1:80 and 127.0.0.1:81): give each a socket unit of its own, with another FileDescriptorName=',
  ],
];

for (const [what, facts, message] of UNFIT) {
  onLinux(`${what} spoils its name alone`, (t) => {
    const names = what.startsWith('a second') ? 'mail:mail:web' : 'good:mail:web';
    const { sockets, problems } = read(ours(names), [tcp(80), facts, tcp(443)]);
    t.deepEqual(problems, [{ name: 'mail', message }]);
    t.deepEqual(
      sockets.map(({ name }) => name),
      names.split(':').filter((name) => name !== 'mail'),
    );
  });
}
