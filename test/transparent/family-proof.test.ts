import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { type EchoSight, FamilyProof } from '../../src/transparent/family-proof.ts';
import type { EchoEndpoint, FoundEchoes } from '../../src/transparent/find-echo.ts';
import { createManualClock } from '../observe/manual-clock.ts';

const STRANGER = parseIp('203.0.113.201')!;
const ECHO: EchoEndpoint = { ip: parseIp('10.1.0.5')!, port: 80, text: '10.1.0.5:80' };
const OTHER: EchoEndpoint = { ip: parseIp('10.1.0.6')!, port: 80, text: '10.1.0.6:80' };
const ABSENT: FoundEchoes = { missing: 'there is no echo', waits: false };
const SILENT: FoundEchoes = { missing: 'k8s:edge/echo has not answered yet', waits: true };

const end = (ip: string, port = 40_000) => ({ ip: parseIp(ip)!, port });
const GOOD: EchoSight = { kind: 'seen', from: end('203.0.113.201'), seen: end('203.0.113.201') };

/** A proof whose echoes answer when a test says so. */
function setUp(first: FoundEchoes = { echoes: [ECHO] }) {
  const clock = createManualClock();
  // Whatever is measured does not begin with the process.
  clock.advance(100_000);
  const dials: { text: string; stranger: Uint8Array; isOver: boolean; ended: (sight: EchoSight) => void }[] =
    [];
  const world = { found: first, unrouted: false, decisions: 0 };
  const proof = new FamilyProof({
    clock,
    find: () => world.found,
    strangerFor: () => STRANGER,
    isUnrouted: () => world.unrouted,
    dial: ({ text }, stranger, ended) => {
      const dial = { text, stranger, isOver: false, ended };
      dials.push(dial);
      return () => {
        dial.isOver = true;
      };
    },
    decided: () => {
      world.decisions++;
    },
  });
  const answer = (sight: EchoSight) => dials.at(-1)!.ended(sight);
  const why = () => ('why' in proof.verdict ? proof.verdict.why : proof.verdict.state);
  return { clock, dials, world, proof, answer, why };
}

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
    'its echo 10.1.0.5:80 cannot be dialed: EPERM',
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

test('after failures a node tries again soon, and less and less often', (t) => {
  const { proof, clock, dials, answer, world } = setUp();
  proof.look();
  for (const ms of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    answer({ kind: 'refused' });
    clock.advance(ms - 1);
    const before = dials.length;
    clock.advance(1);
    t.is(dials.length, before + 1, `${ms}`);
  }
  // The cause was the same each time.
  t.is(world.decisions, 1);
  answer(GOOD);
  t.is(proof.verdict.state, 'proven');
  t.is(world.decisions, 2);
});

test('a proven node stays so through one lost answer, and is at fault with the second in a row', (t) => {
  const { proof, clock, answer, why } = setUp();
  proof.look();
  answer(GOOD);
  clock.advance(60_000);
  answer({ kind: 'error', code: 'ETIMEDOUT' });
  t.is(proof.verdict.state, 'proven');
  clock.advance(1000);
  answer(GOOD);
  clock.advance(60_000);
  answer({ kind: 'error', code: 'ETIMEDOUT' });
  clock.advance(1000);
  answer({ kind: 'error', code: 'ETIMEDOUT' });
  t.is(why(), 'its echo 10.1.0.5:80 cannot be dialed: ETIMEDOUT');
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

test('a proven node stays so for half a minute without an echo, and proves itself once there is one', (t) => {
  const { proof, clock, dials, answer, world, why } = setUp();
  proof.look();
  answer(GOOD);
  world.found = ABSENT;
  proof.look();
  clock.advance(1000);
  clock.advance(2000);
  clock.advance(4000);
  t.is(proof.verdict.state, 'proven');
  world.found = { echoes: [OTHER] };
  proof.look();
  t.is(dials.at(-1)!.text, '10.1.0.6:80');
  answer(GOOD);
  t.is(proof.verdict.state, 'proven');

  world.found = ABSENT;
  proof.look();
  for (const ms of [1000, 2000, 4000, 8000, 16_000]) clock.advance(ms);
  t.is(why(), 'there is no echo');
  t.is(world.decisions, 2);
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
  world.found = { targets: [OTHER] };
  proof.look();
  t.deepEqual(
    dials.map(({ text, isOver }) => [text, isOver]),
    [
      ['10.1.0.5:80', true],
      ['10.1.0.6:80', false],
    ],
  );
});

test('after an answer failures count anew: answers that are lost, time without an echo, and how soon it is tried again', (t) => {
  const { proof, clock, dials, answer, world, why } = setUp();
  proof.look();
  answer(GOOD);
  for (let time = 0; time < 3; time++) {
    clock.advance(60_000);
    answer({ kind: 'error', code: 'ETIMEDOUT' });
    t.is(why(), 'proven');
    clock.advance(999);
    const before = dials.length;
    clock.advance(1);
    t.is(dials.length, before + 1);
    answer(GOOD);
  }
  for (let time = 0; time < 3; time++) {
    world.found = ABSENT;
    proof.look();
    for (const ms of [1000, 2000, 4000, 8000]) clock.advance(ms);
    t.is(why(), 'proven');
    world.found = { targets: [ECHO] };
    proof.look();
    answer(GOOD);
  }
  t.is(world.decisions, 1);
});

test('an echo that refuses is no lost answer, and what it lasts counts from its first failure', (t) => {
  const { proof, clock, answer, why } = setUp();
  const lost: EchoSight = { kind: 'error', code: 'ETIMEDOUT' };
  proof.look();
  answer(GOOD);
  clock.advance(60_000);
  answer(lost);
  clock.advance(1000);
  answer({ kind: 'refused' });
  clock.advance(2000);
  answer(lost);
  t.is(why(), 'proven', 'no two in a row');
  clock.advance(4000);
  answer({ kind: 'refused' });
  clock.advance(8000);
  answer({ kind: 'refused' });
  t.is(why(), 'proven', '14 s');
  clock.advance(16_000);
  answer({ kind: 'refused' });
  t.is(why(), 'its echo 10.1.0.5:80 refuses connections', '30 s');
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

test('two echoes with a fault of their own are told of once each, and again after the node was proven', (t) => {
  const { proof, clock, answer, world, why } = setUp({ targets: [ECHO, OTHER] });
  proof.look();
  for (let turn = 0; turn < 4; turn++) {
    answer({ kind: 'refused' });
    clock.advance(60_000);
    answer({ kind: 'error', code: 'ENETUNREACH' });
    clock.advance(60_000);
  }
  t.is(world.decisions, 2);
  t.is(why(), 'its echo 10.1.0.6:80 cannot be dialed: ENETUNREACH');
  answer(GOOD);
  t.is(world.decisions, 3);
  clock.advance(60_000);
  answer({ kind: 'error', code: 'ENETUNREACH' });
  clock.advance(1000);
  answer({ kind: 'error', code: 'ENETUNREACH' });
  t.is(world.decisions, 4);
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
