import test from 'ava';
import type { EchoSight } from '../../src/transparent/family-proof.ts';
import { ABSENT, ECHO, GOOD, OTHER, setUp } from './proof-parts.ts';

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
    world.found = { echoes: [ECHO] };
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

test('two echoes with a fault of their own are told of once each, and again after the node was proven', (t) => {
  const { proof, clock, answer, world, why } = setUp({ echoes: [ECHO, OTHER] });
  proof.look();
  for (let turn = 0; turn < 4; turn++) {
    answer({ kind: 'refused' });
    clock.advance(60_000);
    answer({ kind: 'error', code: 'ETIMEDOUT' });
    clock.advance(60_000);
  }
  t.is(world.decisions, 2);
  t.is(why(), 'its echo 10.1.0.6:80 cannot be dialed: ETIMEDOUT');
  answer(GOOD);
  t.is(world.decisions, 3);
  clock.advance(60_000);
  answer({ kind: 'error', code: 'ETIMEDOUT' });
  clock.advance(1000);
  answer({ kind: 'error', code: 'ETIMEDOUT' });
  t.is(world.decisions, 4);
});
