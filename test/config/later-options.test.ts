import test from 'ava';
import { LATER_OPTIONS } from '../../src/config/later-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { problemsOf } from './problems-of.ts';
import { LEAST, readFlags } from './read-flags.ts';

/** Every flag of the contract that is not there yet, with a value that asks for something. */
const ASKED: { readonly [key: string]: string } = {
  balance: 'least-sessions',
  trafficPolicy: 'Local',
  affinity: 'client-ip:10m',
  family: '6',
  endpointCidrs: '10.0.0.0/8',
  probe: 'tcp:5s',
  probeHeader: 'local',
  onEndpointGone: 'close',
  serviceHealth: ':9466',
  nodeName: 'node-a',
  zone: 'eu-1a',
  kubeconfig: '/root/.kube/config',
  kubeContext: 'kind',
};

test('there is a row for each', (t) => {
  t.deepEqual(Object.keys(ASKED).sort(), LATER_OPTIONS.map(({ key }) => key).sort());
});

for (const [key, text] of Object.entries(ASKED)) {
  test(`${flagOf(key)} ${text} is refused with a word, not ignored`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: text }));
    t.is(problems.length, 1);
    t.is(problems[0]?.code, 'not_in_this_version');
    t.is(problems[0]?.option, flagOf(key));
    t.regex(problems[0]?.message ?? '', /not in this version of Herald/);
  });

  test(`${flagOf(key)} without a value is refused too`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: [] }));
    t.deepEqual(
      problems.map(({ code }) => code),
      ['not_in_this_version'],
    );
  });
}

for (const [key, text] of [
  ['balance', 'round-robin'],
  ['trafficPolicy', 'Cluster'],
  ['affinity', 'none'],
  ['family', 'auto'],
  ['probe', 'none'],
  ['onEndpointGone', 'keep'],
] as const) {
  test(`${flagOf(key)} ${text} asks for what is done anyway`, (t) => {
    t.deepEqual(
      problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: text })),
      [],
    );
  });
}

test('what an option takes already is named', (t) => {
  const [problem] = problemsOf(() => readFlags('edge', { ...LEAST.edge, balance: 'random-two' }));
  t.is(
    problem?.message,
    '"random-two" is not in this version of Herald: it comes with later ways to balance; expected round-robin',
  );
});

test('a variable is refused as its flag is', (t) => {
  const [problem] = problemsOf(() => readFlags('edge', LEAST.edge, { HERALD_ZONE: 'eu-1a' }));
  t.is(problem?.option, 'HERALD_ZONE');
  t.is(problem?.message, 'not in this version of Herald: it comes with endpoints from Kubernetes');
});

for (const [key, text, message] of [
  [
    'present',
    'transparent',
    '"transparent" is not in this version of Herald: it comes with the transparent presentation',
  ],
  ['listen', 'udp::53', '"udp::53" is not in this version of Herald: it comes with UDP'],
  ['metrics', 'udp::53', '"udp::53" is not in this version of Herald: it comes with UDP'],
] as const) {
  test(`${flagOf(key)} ${text} is refused with a word of its own`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: text }));
    t.deepEqual(
      problems.map((problem) => [problem.code, problem.message]),
      [['not_in_this_version', message]],
    );
  });
}
