import test from 'ava';
import { formatProblem } from '../../src/config/config-error.ts';
import {
  type ListenerTexts,
  listenerFromTexts,
  usableSettings,
} from '../../src/config/listener-from-texts.ts';
import { listenerOf } from './read-flags.ts';

const WEB: ListenerTexts = {
  name: 'shop/web:443',
  object: 'service shop/web:443',
  listen: ':443',
  settings: { present: 'v2', trafficPolicy: 'service', affinity: 'service' },
  to: [{ endpoint: 'k8s:shop/web:https', weight: 1 }],
  refusesEmptyShares: false,
};

function optionsOf(texts: Partial<ListenerTexts>) {
  const made = listenerFromTexts({ ...WEB, ...texts });
  if ('problems' in made) throw new TypeError(made.problems.map(formatProblem).join('\n'));
  return made.options;
}

function linesOf(texts: Partial<ListenerTexts>): string[] {
  const made = listenerFromTexts({ ...WEB, ...texts });
  return 'problems' in made ? made.problems.map(formatProblem) : [];
}

test('a listener from texts is what the same flags of herald edge give, but for its name and object', (t) => {
  const flags = {
    listen: ':443',
    to: 'k8s:shop/web:https',
    trafficPolicy: 'service',
    affinity: 'service',
    idleTimeout: '5m',
    crc32c: 'true',
  };
  const settings = { ...WEB.settings, idleTimeout: '5m', crc32c: 'true' };
  const { name, object, ...others } = optionsOf({ settings });
  const { name: _, object: __, ...expected } = listenerOf('edge', flags);
  t.deepEqual(others, expected);
  t.deepEqual([name, object], ['shop/web:443', 'service shop/web:443']);
});

test('destinations keep their weights, and one that is named twice gets the sum', (t) => {
  const settings = { present: 'none' };
  const { to, weighted } = optionsOf({
    settings,
    to: [
      { endpoint: 'k8s:shop/a:80', weight: 3 },
      { endpoint: null, weight: 2 },
      { endpoint: 'k8s:shop/b:80', weight: 0 },
      { endpoint: 'k8s:shop/a:80', weight: 4 },
      { endpoint: null, weight: 1 },
    ],
  });
  t.true(weighted);
  t.deepEqual(
    to.map(({ name, weight, backup }) => [
      name !== null && 'text' in name ? name.text : name,
      weight,
      backup,
    ]),
    [
      ['k8s:shop/a:80', 7, false],
      [null, 3, false],
      ['k8s:shop/b:80', 0, false],
    ],
  );
});

test('a listener without a valid destination, or with weights of 0 alone, refuses its clients', (t) => {
  const refusing = [{ name: null, weight: 1, backup: false }];
  const zero = { endpoint: 'k8s:shop/a:80', weight: 0 };
  for (const to of [[{ endpoint: null, weight: 1 }], [zero], [zero, { endpoint: null, weight: 0 }], []]) {
    t.deepEqual(optionsOf({ settings: {}, to, refusesEmptyShares: true }).to, refusing, JSON.stringify(to));
  }
  // Next to others a weight of 0 is a destination that no new session goes to.
  const beside = optionsOf({ settings: {}, to: [zero, { endpoint: 'k8s:shop/b:80', weight: 1 }] });
  t.deepEqual(
    beside.to.map(({ weight }) => weight),
    [0, 1],
  );
  t.true(beside.weighted);
});

test('mistakes are said as on the command line, also those of options next to each other', (t) => {
  t.deepEqual(linesOf({}), []);
  t.deepEqual(linesOf({ settings: { idleTimeout: '5' } }), [
    '--idle-timeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
  ]);
  t.deepEqual(linesOf({ settings: { present: 'v1', crc32c: 'true' } }), [
    '--crc32c: would have no effect, since --present is v1, and only v2 has TLVs',
  ]);
  t.is(linesOf({ to: [{ endpoint: 'k8s:shop/a b:80', weight: 1 }] }).length, 1);
  t.is(linesOf({ listen: 'nowhere' }).length, 1);
});

/** Settings, those beneath, and what is kept and said. */
const USABLE: readonly (readonly [string, object, object, object, string[]])[] = [
  [
    'right ones are kept',
    { balance: 'client-hash' },
    { present: 'v1' },
    { present: 'v1', balance: 'client-hash' },
    [],
  ],
  [
    'a wrong one gives way to the one beneath it',
    { present: 'v3', balance: 'client-hash' },
    { present: 'none' },
    { present: 'none', balance: 'client-hash' },
    ['--present: expected one of none, v1, v2, transparent, forwarded, got "v3"'],
  ],
  [
    'one that another makes useless is left out',
    { present: 'v1', crc32c: 'true' },
    {},
    { present: 'v1' },
    ['--crc32c: would have no effect, since --present is v1, and only v2 has TLVs'],
  ],
  [
    'one beneath gives way silently if one above makes it useless',
    { present: 'v1' },
    { present: 'v2', crc32c: 'true' },
    { present: 'v1' },
    [],
  ],
  [
    'headers that nobody may send are not accepted, and what goes with them has no word of its own',
    { acceptProxy: 'v2', headerless: '10.0.0.0/8' },
    {},
    {},
    [
      '--trust: is required, since --accept-proxy is v2: the peers whose headers are trusted, such as 10.0.1.0/24 (everyone is 0.0.0.0/0,::/0)',
    ],
  ],
  [
    'a trust list that is wrong takes the headers with it',
    { acceptProxy: 'v2', trust: 'unix' },
    {},
    {},
    ['--trust: "unix" would match nobody, since --listen is not a unix socket'],
  ],
  ['what is no option has no meaning', { nonsense: 'x' }, {}, { nonsense: 'x' }, []],
];

for (const [title, written, beneath, settings, lines] of USABLE) {
  test(`of settings, ${title}`, (t) => {
    t.deepEqual(usableSettings({ ...written }, { ...beneath }), { settings, lines } as never);
  });
}
