import test from 'ava';
import { ABSENT, ECHO, end, GOOD, OTHER, SILENT, STRANGER, setUp } from './proof-parts.ts';

test('a node whose echo sees the foreign address and port is proven, and proves itself each minute', (t) => {
  const { proof, dials, answer, clock, world } = setUp();
  t.is(proof.verdict.state, 'unknown');
  proof.look();
  t.deepEqual(dials[0]!.stranger, STRANGER);
  answer(GOOD);
  t.deepEqual(proof.verdict, { state: 'proven', echo: '10.1.0.5:80', seen: '203.0.113.201' });
  clock.advance(59_999);
  t.is(dials.length, 1);
  clock.advance(1);
  t.is(dials.length, 2);
  answer(GOOD);
  t.is(world.decisions, 1);
});

for (const [title, sight, expected] of [
  [
    'an echo that sees another address tells of a masquerade',
    { kind: 'seen', from: end('203.0.113.201'), seen: end('10.1.0.1') },
    'its echo 10.1.0.5:80 saw 10.1.0.1 instead of 203.0.113.201: a rule of the host or of the CNI changes the addresses of clients (masquerade)',
  ],
  [
    'an echo that sees another port does not prove the node',
    { kind: 'seen', from: end('203.0.113.201'), seen: end('203.0.113.201', 1024) },
    'its echo 10.1.0.5:80 saw another port than the one that was dialed from: a rule of the host or of the CNI changes it',
  ],
  ['nor does one that refuses', { kind: 'refused' }, 'its echo 10.1.0.5:80 refuses connections'],
  ['nor does another program', { kind: 'no_echo' }, '10.1.0.5:80 answers, but is no herald echo'],
  [
    'nor does one that cannot be dialed',
    { kind: 'error', code: 'EPERM' },
    'its echo 10.1.0.5:80 cannot be dialed: EPERM, so CAP_NET_RAW is missing, or a rule of the host forbids it',
  ],
  [
    'nor does one without a route',
    { kind: 'error', code: 'ENETUNREACH' },
    'there is no route to its echo 10.1.0.5:80 in table main but a default one: the pod is gone, or the CNI keeps the routes to pods in another table',
  ],
] as const) {
  test(title, (t) => {
    const { proof, answer, why, world } = setUp();
    proof.look();
    answer(sight);
    t.is(why(), expected);
    t.is(world.decisions, 1);
  });
}

test('an echo that does not answer within two seconds is given up, and what is known of the routes is told', (t) => {
  for (const [unrouted, expected] of [
    [
      false,
      'its echo 10.1.0.5:80 did not answer within 2 s: its answers get no mark ("herald routes show --node"), a rule of the host or of the CNI changes the addresses of clients (masquerade), or a network policy drops packets from foreign addresses',
    ],
    [
      true,
      'its echo 10.1.0.5:80 did not answer within 2 s: the rules or routes for it are missing; run "herald routes up --node" in the network namespace of the host',
    ],
  ] as const) {
    const { proof, clock, dials, world, why } = setUp();
    world.unrouted = unrouted;
    proof.look();
    clock.advance(2000);
    t.is(why(), expected);
    t.true(dials[0]!.isOver);
  }
});

test('a proven node whose echo is gone is not at fault at once', (t) => {
  const { proof, clock, answer } = setUp();
  proof.look();
  answer(GOOD);
  clock.advance(60_000);
  for (const ms of [1000, 2000, 4000]) {
    answer({ kind: 'error', code: 'ENETUNREACH' });
    t.is(proof.verdict.state, 'proven');
    clock.advance(ms);
  }
});

test('a node that has never had an echo is at fault at once, but a source that is silent at the start is waited for', (t) => {
  const without = setUp(ABSENT);
  without.proof.look();
  t.is(without.why(), 'there is no echo');

  const silent = setUp(SILENT);
  silent.proof.look();
  for (const ms of [1000, 2000]) silent.clock.advance(ms);
  t.is(silent.why(), 'unknown');
  silent.clock.advance(4000);
  t.is(silent.why(), 'k8s:edge/echo has not answered yet');
});

test('the same echoes are not dialed again because a source has changed', (t) => {
  const { proof, dials, answer } = setUp();
  proof.look();
  proof.look();
  answer(GOOD);
  proof.look();
  t.is(dials.length, 1);
});

test('other echoes are dialed at once, and the dial to the one before is given up', (t) => {
  const { proof, dials, world } = setUp();
  proof.look();
  world.found = { echoes: [OTHER] };
  proof.look();
  t.deepEqual(
    dials.map(({ text, isOver }) => [text, isOver]),
    [
      ['10.1.0.5:80', true],
      ['10.1.0.6:80', false],
    ],
  );
});

test('with several echoes on a node the next one is dialed after a failure', (t) => {
  const { proof, clock, dials, answer } = setUp({ echoes: [ECHO, OTHER] });
  proof.look();
  answer({ kind: 'refused' });
  clock.advance(1000);
  t.deepEqual(
    dials.map(({ text }) => text),
    ['10.1.0.5:80', '10.1.0.6:80'],
  );
});

test('nothing runs or waits after the end', (t) => {
  const { proof, clock, dials } = setUp();
  proof.look();
  proof.stop();
  t.true(dials[0]!.isOver);
  t.is(clock.waiting, 0);
  proof.look();
  t.is(dials.length, 1);
  const proven = setUp();
  proven.proof.look();
  proven.answer(GOOD);
  proven.proof.stop();
  t.is(proven.clock.waiting, 0);
});
