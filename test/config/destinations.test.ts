import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { linesOf } from './problems-of.ts';
import { type FlagTexts, LEAST, listenerOf, readFlags } from './read-flags.ts';

const TO = 'k8s:shop/web:https,unix:/run/a=b.sock,10.0.0.1:80';
const sharesOf = (flags: FlagTexts) =>
  listenerOf('edge', { to: TO, ...flags }).to.map(({ weight, backup }) => [weight, backup]);
const refused = (flags: FlagTexts) => linesOf(() => listenerOf('edge', { to: TO, ...flags }));

test('weights and backups are those of the endpoints that they name', (t) => {
  t.deepEqual(sharesOf({ weight: ['k8s:shop/web:https=3', 'unix:/run/a=b.sock=0'], backup: '10.0.0.1:80' }), [
    [3, false],
    [0, false],
    [1, true],
  ]);
  t.deepEqual(sharesOf({ weight: 'k8s:shop/web:https=1000000,10.0.0.1:80=2' }), [
    [1_000_000, false],
    [1, false],
    [2, false],
  ]);
});

test('endpoints are shared by weight as soon as one has a weight, even if it is 1', (t) => {
  t.false(listenerOf('edge', { to: TO }).weighted);
  t.true(listenerOf('edge', { to: TO, weight: '10.0.0.1:80=1' }).weighted);
  t.true(listenerOf('edge', { to: TO, backup: '10.0.0.1:80' }).weighted);
  t.false(listenerOf('edge', { to: TO, weight: '10.0.0.1:80=1' }).refusesEmptyShares);
});

const WEIGHT =
  '--weight: expected ENDPOINT=N with an endpoint of --to and a weight from 0 to 1000000, such as k8s:shop/web:https=3';

for (const [title, flags, ...lines] of [
  ['a weight without an endpoint', { weight: '3' }, `${WEIGHT}, got "3"`],
  ['a weight below 0', { weight: '10.0.0.1:80=-1' }, `${WEIGHT}, got "10.0.0.1:80=-1"`],
  ['a weight above the bound', { weight: '10.0.0.1:80=1000001' }, `${WEIGHT}, got "10.0.0.1:80=1000001"`],
  ['a weight that is no whole number', { weight: '10.0.0.1:80=0.5' }, `${WEIGHT}, got "10.0.0.1:80=0.5"`],
  [
    'an endpoint that --to has not',
    { weight: '10.0.0.1:81=2', backup: '10.9.9.9:1' },
    '--weight: expected an endpoint of --to, got "10.0.0.1:81"; did you mean 10.0.0.1:80?',
    '--backup: expected an endpoint of --to, got "10.9.9.9:1"',
  ],
  [
    'an endpoint with two weights',
    { weight: ['10.0.0.1:80=1', '10.0.0.1:80=2'] },
    '--weight: expected each endpoint once, got "10.0.0.1:80"',
  ],
  ['a backup without a name', { backup: '' }, '--backup: expected an endpoint of --to, got ""'],
  [
    'only weights of 0',
    { weight: 'k8s:shop/web:https=0,unix:/run/a=b.sock=0,10.0.0.1:80=0' },
    '--weight: expected a weight above 0 for at least one endpoint, got only weights of 0',
  ],
] as const) {
  test(`a line refuses ${title}`, (t) => t.deepEqual(refused(flags), lines));
}

test('a wrong --to is the only mistake that is shown', (t) => {
  t.deepEqual(
    linesOf(() => listenerOf('edge', { to: '10.0.0.1:0', weight: '10.0.0.1:0=2' })),
    ['--to: expected a port that can be dialed, 1 to 65535, got "10.0.0.1:0"'],
  );
});

test('if every endpoint is a backup, a warning says that none is', (t) => {
  t.deepEqual(readFlags('edge', { ...LEAST.edge, backup: '10.0.0.1:80' }).warnings, [
    'listener edge: every endpoint is a backup (--backup), so there is none to stand in for: all are used',
  ]);
});

test('weights and backups come from the environment, too', (t) => {
  const { to } = listenerOf(
    'edge',
    { to: TO },
    { HERALD_WEIGHT: '10.0.0.1:80=2', HERALD_BACKUP: '10.0.0.1:80' },
  );
  t.like(to[2], { weight: 2, backup: true });
});

const inFile = (to: unknown, more: object = {}) =>
  configFromValue({ version: 1, listeners: [{ listen: ':1', name: 'a', to, ...more }] }, {});
const refusedInFile = (to: unknown, more: object = {}) => linesOf(() => inFile(to, more));

test('in a file an endpoint has its weight beside it, among plain texts', (t) => {
  const config = inFile([
    '10.0.0.1:80',
    { endpoint: '10.0.0.2:80', weight: 0 },
    { endpoint: '10.0.0.3:80', backup: true },
    { endpoint: '10.0.0.4:80', weight: 7, backup: false },
    { endpoint: '10.0.0.5:80' },
  ]);
  const [listener] = config.listeners;
  t.deepEqual(
    listener!.to.map(({ weight, backup }) => [weight, backup]),
    [
      [1, false],
      [0, false],
      [1, true],
      [7, false],
      [1, false],
    ],
  );
  t.true(listener!.weighted);
  t.false(inFile(['10.0.0.1:80', { endpoint: '10.0.0.5:80' }]).listeners[0]!.weighted);
  t.like(config.written, {
    listeners: [
      {
        to: [
          '10.0.0.1:80',
          { endpoint: '10.0.0.2:80', weight: 0 },
          { endpoint: '10.0.0.3:80', backup: true },
          { endpoint: '10.0.0.4:80', weight: 7 },
          '10.0.0.5:80',
        ],
      },
    ],
  });
});

const ITEM =
  'expected an endpoint, or {endpoint, weight, backup} with one endpoint, a whole number, and true or false';

for (const [title, item] of [
  ['a weight as text', { endpoint: '10.0.0.1:80', weight: '3' }],
  ['a weight that is no whole number', { endpoint: '10.0.0.1:80', weight: 0.5 }],
  ['no endpoint', { weight: 3 }],
  ['several endpoints', { endpoint: '10.0.0.1:80,10.0.0.2:80', weight: 3 }],
  ['a number', 7],
] as const) {
  test(`a file names the item with ${title}`, (t) => {
    const [line, ...others] = refusedInFile(['10.0.0.9:80', item]);
    t.true(line!.startsWith(`listeners[0].to[1]: ${ITEM}, got `), line);
    t.deepEqual(others, []);
  });
}

test('a file names a key of an item that is misspelt or unknown', (t) => {
  t.deepEqual(refusedInFile([{ endpoint: '10.0.0.1:80', wieght: 3 }]), [
    'listeners[0].to[0].wieght: there is no such key; did you mean weight?',
  ]);
  t.deepEqual(refusedInFile(['10.0.0.1:80', { endpoint: '10.0.0.2:80', port: 3 }]), [
    'listeners[0].to[1].port: there is no such key; only endpoint, weight, backup go here',
  ]);
});

test('a file refuses weights out of bounds, only weights of 0, and weights beside the list', (t) => {
  t.true(
    refusedInFile([{ endpoint: '10.0.0.1:80', weight: -1 }])[0]!.startsWith(
      'listeners[0].to: expected ENDPOINT=N',
    ),
  );
  t.deepEqual(refusedInFile([{ endpoint: '10.0.0.1:80', weight: 0 }]), [
    'listeners[0].to: expected a weight above 0 for at least one endpoint, got only weights of 0',
  ]);
  t.deepEqual(refusedInFile('10.0.0.1:80', { weight: '10.0.0.1:80=2' }), [
    'listeners[0].weight: there is no such option; it belongs to an item of to: {endpoint, weight, backup}',
  ]);
});
