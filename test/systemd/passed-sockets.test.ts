import test from 'ava';
import { fromLinux, LINUX } from '../linux/on-linux.ts';

// The room loads koffi. What it does with what the kernel says is the same everywhere, but only Linux can load it.
const { passedSockets } = await fromLinux(() => import('../../src/systemd/passed-sockets.ts'));
const onLinux = LINUX ? test : test.skip;

type Calls = NonNullable<Parameters<typeof passedSockets>[2]>;
type Facts = Exclude<ReturnType<Calls['factsOf']>, number>;

const LISTENS = { isStream: true, isListening: true, isV6Only: false };
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const EVERYWHERE = new Uint8Array(16);

const tcp = (port: number, ip = LOOPBACK, parts: Partial<Facts> = {}): Facts => {
  const family = ip.length === 4 ? 'ipv4' : 'ipv6';
  return { ...LISTENS, family, bound: { kind: 'tcp', ip, port }, ...parts };
};
const unix = (path: string): Facts => ({ ...LISTENS, family: 'unix', bound: { kind: 'unix', path } });

/** What is made of these descriptors, the first of which is 3. Number 5 is of another network. */
function read(env: { [name: string]: string }, facts: readonly (Facts | number)[] = []) {
  const adopted: number[] = [];
  const calls: Calls = {
    factsOf: (fd) => facts[fd - 3] ?? -9,
    isOfOwnNetwork: (fd) => fd !== 5,
    adopt: (fd) => adopted.push(fd),
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
    tcp(443, EVERYWHERE),
  ]);
  t.deepEqual(problems, []);
  t.deepEqual(sockets, [
    {
      name: 'web',
      fds: [3],
      address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 80 },
      isOfOwnNetwork: true,
    },
    { name: 'mail', fds: [4], address: { kind: 'unix', path: '/run/mail.sock' }, isOfOwnNetwork: true },
    { name: 'any', fds: [5], address: { kind: 'tcp', ip: null, port: 443 }, isOfOwnNetwork: false },
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

onLinux('a socket of [::] takes both families, unless it is one of IPv6 alone', (t) => {
  const only = tcp(443, EVERYWHERE, { isV6Only: true });
  const addresses = read(ours('one:any:v4'), [
    only,
    tcp(444, EVERYWHERE),
    tcp(445, new Uint8Array(4)),
  ]).sockets;
  t.deepEqual(
    addresses.map(({ address }) => address),
    [
      { kind: 'tcp', ip: EVERYWHERE, port: 443 },
      { kind: 'tcp', ip: null, port: 444 },
      { kind: 'tcp', ip: new Uint8Array(4), port: 445 },
    ],
  );
});

const UNFIT: readonly (readonly [what: string, facts: Facts | number, message: string])[] = [
  ['a descriptor that is no socket', -88, 'descriptor 4 (mail) is not open, or is not a socket'],
  [
    'a datagram socket',
    { ...tcp(53), isStream: false, isListening: false },
    'descriptor 4 (mail) is not a stream socket, and this version of Herald serves no other: use ListenStream=',
  ],
  [
    'a connection',
    { ...tcp(80), isListening: false },
    'descriptor 4 (mail) does not listen: use ListenStream= with Accept=no',
  ],
  [
    'an abstract unix socket',
    { ...unix(''), bound: { kind: 'unnamed' } },
    'descriptor 4 (mail) is a unix socket without a path, such as one of the abstract namespace: give ListenStream= a path',
  ],
  [
    'a socket of another family',
    { ...LISTENS, family: 'other', bound: { kind: 'unnamed' } },
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

onLinux('however many descriptors of a name are not there, that is one problem', (t) => {
  const { sockets, problems } = read({ LISTEN_FDS: '5000' }, [tcp(80)]);
  t.deepEqual(sockets, []);
  t.deepEqual(problems, [
    { name: 'unknown', message: 'descriptor 4 (unknown) is not open, or is not a socket' },
  ]);
});
