import test from 'ava';
import { configFromFlags } from '../../src/config/config-from-flags.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { flagOf, variableOf } from '../../src/config/option.ts';
import { problemsOf } from './problems-of.ts';

type Texts = Readonly<Record<string, string>>;

const LEAST: Texts = { listen: '127.0.0.1:8000', to: '10.0.0.1:80', present: 'v2' };
const TRUSTING: Texts = { ...LEAST, acceptProxy: 'v2', trust: '10.0.0.0/8' };

/** Options, and the message about them. `{key}` stands for the name of an option, in the form that was written. */
const ROWS: readonly (readonly [options: Texts, text: string])[] = [
  [{ ...LEAST, acceptProxy: 'v2' }, 'is required, since {acceptProxy} is v2'],
  [{ ...LEAST, acceptProxy: 'none', trust: '10.0.0.1' }, 'would have no effect, since {acceptProxy} is none'],
  [{ ...TRUSTING, present: 'v1', crc32c: 'true' }, 'would have no effect, since {present} is v1'],
  [{ ...TRUSTING, forwardedTrust: '10.0.0.1' }, 'would have no effect, since {present} is v2'],
  [{ ...TRUSTING, allowLocalClients: '10.0.0.1' }, 'would have no effect, since {present} is v2'],
  [
    { ...TRUSTING, to: '127.0.0.1:1', present: 'transparent', dialFrom: '10.0.0.1' },
    'would have no effect, since {present} is transparent: ',
  ],
  [{ ...TRUSTING, to: 'unix:/a', present: 'transparent' }, '{present} is transparent, and a client has no'],
  [{ ...TRUSTING, hops: 'k8s:a/b:1', nodeName: 'a' }, 'would have no effect, since {present} is v2'],
  [
    { ...TRUSTING, present: 'transparent', hops: 'k8s:a/b:1', nodeName: 'a' },
    'needs k8s:namespace/service:port in {to}, since other endpoints have no node',
  ],
  [{ ...TRUSTING, balance: 'named' }, 'named needs {present} transparent, since'],
  [{ ...TRUSTING, trust: 'unix' }, '"unix" would match nobody, since {listen} is not a unix socket'],
  [{ ...LEAST, trafficPolicy: 'Local', nodeName: 'a' }, 'Local needs k8s:namespace/service:port in {to}'],
  [{ ...LEAST, family: '4' }, 'would have no effect, since {to} has no k8s:'],
  [{ ...LEAST, probe: 'none', probeHeader: 'none' }, 'would have no effect, since {probe} is none'],
  [
    { ...LEAST, metrics: ':9', admin: '127.0.0.1:9' },
    'expected an address other than that of {metrics}, got',
  ],
  [{ ...LEAST, serviceHealth: ':9466' }, '(k8s:namespace/service:port in {to})'],
  // Warnings.
  [{ ...TRUSTING, trust: '::/0' }, '{trust} covers every address'],
  [{ ...LEAST, present: 'forwarded', forwardedTrust: '::/0' }, '{forwardedTrust} covers every address'],
  [
    { ...LEAST, to: 'k8s:web:80', trafficPolicy: 'service' },
    '{trafficPolicy} service acts as Cluster, since the node of Herald is not known: set {nodeName}, or',
  ],
  [
    { ...LEAST, acceptProxy: 'none', maxHeader: '1KiB' },
    '{maxHeader} has no effect, since {acceptProxy} is none',
  ],
  [{ ...LEAST, reuse: 'never' }, '{reuse} has no effect, since {present} is v2'],
  [{ ...LEAST, acceptProxy: 'none', tlv: 'pass' }, '{tlv} passes nothing on, since'],
  [{ ...LEAST, acceptProxy: 'none', tlv: 'pass' }, '({acceptProxy} is none)'],
  [{ ...LEAST, tlv: '0xD3=01\n0xD3=02' }, '{tlv} adds type 0xD3 more than once'],
  [{ ...TRUSTING, trust: '10.0.0.5/8' }, '{trust}: 10.0.0.5/8 means all of'],
];

const OF_PROCESS = ['nodeName', 'metrics', 'admin', 'serviceHealth'];

function fileOf(options: Texts): unknown {
  const entries = Object.entries(options).map(([key, text]) => [
    key,
    key === 'crc32c' ? true : key === 'tlv' ? text.split('\n') : text,
  ]);
  const process = Object.fromEntries(entries.filter(([key]) => OF_PROCESS.includes(String(key))));
  const listener = Object.fromEntries(entries.filter(([key]) => !OF_PROCESS.includes(String(key))));
  return { version: 1, ...process, listeners: [listener] };
}

const ORIGINS = [
  [
    'flags',
    flagOf,
    (options: Texts) =>
      configFromFlags(
        'edge',
        new Map(Object.entries(options).map(([key, text]) => [key, text.split('\n')])),
        {},
      ),
  ],
  [
    'variables',
    variableOf,
    (options: Texts) =>
      configFromFlags(
        'edge',
        new Map(),
        Object.fromEntries(Object.entries(options).map(([key, text]) => [variableOf(key), text])),
      ),
  ],
  ['keys of a file', (key: string) => key, (options: Texts) => configFromValue(fileOf(options), {})],
] as const;

for (const [title, spell, read] of ORIGINS) {
  for (const [options, text] of ROWS) {
    const expected = text.replaceAll(/\{(\w+)\}/g, (_, key: string) => spell(key));
    test(`${title} are named as such: ${Object.keys(options).join()}: ${expected}`, (t) => {
      const problems = problemsOf(() => read(options));
      const texts = problems.map(
        ({ message, expected: wanted, got }) => message ?? `expected ${wanted}, got ${got}`,
      );
      const all = problems.length > 0 ? texts : read(options).warnings;
      t.true(
        all.some((line) => ` ${line}`.includes(expected)),
        all.join('\n'),
      );
    });
  }
}

test('an option that came from the environment is named as a variable in a message about a flag', (t) => {
  const { trust: _, acceptProxy, ...flags } = TRUSTING;
  const read = () =>
    configFromFlags('edge', new Map(Object.entries(flags).map(([key, text]) => [key, [text]])), {
      HERALD_ACCEPT_PROXY: acceptProxy,
    });
  t.regex(problemsOf(read)[0]?.message ?? '', /^is required, since HERALD_ACCEPT_PROXY is v2: /);
});

test('a default that nobody wrote has the form of the option that the message is about', (t) => {
  const read = () =>
    configFromFlags('sidecar', new Map(Object.entries(LEAST).map(([key, text]) => [key, [text]])), {
      HERALD_CRC32C: 'true',
      HERALD_PRESENT: 'v1',
      HERALD_PROBE_HEADER: 'none',
    });
  const messages = problemsOf(read).map(({ message }) => message ?? '');
  t.true(messages.some((message) => message.startsWith('is required, since --accept-proxy is any')));
  t.true(messages.includes('would have no effect, since HERALD_PROBE is none'), messages.join('\n'));
});
