import test from 'ava';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { plainEndpoint } from '../../src/discovery/known-endpoints.ts';
import type { EchoSight } from '../../src/transparent/family-proof.ts';
import type { EchoState } from '../../src/transparent/find-echo.ts';
import { type EchoSources, NodeProof } from '../../src/transparent/node-proof.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

const STRANGER = { 4: parseIp('203.0.113.201')!, 6: parseIp('2001:db8::1')! };

function state(texts: readonly string[], more: Partial<EchoState> = {}): EchoState {
  const endpoints = texts.map((text) => ({ ...plainEndpoint(parseIp(text)!, 80), node: 'node-a' }));
  return { name: 'k8s:edge/echo:http', isFixed: false, synced: true, endpoints, ...more };
}

function setUp(states: readonly EchoState[], families: readonly (4 | 6)[] = []) {
  const log = createMemoryLog();
  const clock = createManualClock();
  const world = { states, families, changes: 0 };
  const dials: { target: string; stranger: string; isOver: boolean; ended: (sight: EchoSight) => void }[] =
    [];
  const echoes: EchoSources = {
    get states() {
      return world.states;
    },
    start: async () => {},
    stop: async () => {},
  };
  const proof = new NodeProof({
    ...{ node: 'node-a', echoes, clock, log },
    host: {
      dial({ text }, stranger, ended) {
        const dial = { target: text, stranger: formatIp(stranger), isOver: false, ended };
        dials.push(dial);
        return () => {
          dial.isOver = true;
        };
      },
      isOwn: (ip) => formatIp(ip) === '10.1.0.1',
      isUnrouted: (ip) => formatIp(ip) === '10.1.0.9',
      strangerFor: (ip) => STRANGER[ip.length === 4 ? 4 : 6],
    },
    hasEndpoint: (family) => world.families.includes(family),
    changed: () => world.changes++,
  });
  const answer = (at: number, ip: string) => {
    const seen = { ip: parseIp(ip)!, port: 40_000 };
    dials[at]!.ended({ kind: 'seen', from: { ...seen, ip: parseIp(dials[at]!.stranger)! }, seen });
  };
  return { proof, world, dials, answer, log, clock };
}

test('a family is proven if a node has an echo of it, and is told of once', (t) => {
  const { proof, dials, answer, log, world } = setUp([state(['10.1.0.5'])]);
  proof.look();
  t.deepEqual(
    dials.map(({ target, stranger }) => [target, stranger]),
    [['10.1.0.5:80', '203.0.113.201']],
  );
  t.deepEqual([proof.isNeeded(4), proof.isNeeded(6)], [true, false]);
  answer(0, '203.0.113.201');
  t.is(proof.verdict(4).state, 'proven');
  t.is(proof.verdict(6).state, 'unknown');
  t.is(world.changes, 1);
  t.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [['info', 'this node presents clients over IPv4: the echo 10.1.0.5:80 saw 203.0.113.201']],
  );
});

test('a family without an echo is at fault once an endpoint of this node needs it', (t) => {
  const { proof, log, world } = setUp([state(['10.1.0.5'])]);
  proof.look();
  world.families = [6];
  proof.look();
  t.is(proof.verdict(6).state, 'fault');
  t.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [
      [
        'error',
        'this node cannot present clients over IPv6: there is no echo with an IPv6 address on it: none has its nodeName, node-a (k8s:edge/echo:http)',
      ],
    ],
  );
});

test('a family that was proven stays watched, although its echo and its endpoints are gone', (t) => {
  const { proof, world, answer, clock } = setUp([state(['10.1.0.5'])]);
  proof.look();
  answer(0, '203.0.113.201');
  world.states = [state([])];
  proof.look();
  t.false(proof.isNeeded(4));
  for (const ms of [1000, 2000, 4000, 8000, 16_000]) clock.advance(ms);
  t.is(proof.verdict(4).state, 'fault');
});

test('a first verdict is to come while an echo is dialed, or a source has not said yet where one is', (t) => {
  const { proof, answer, world } = setUp([state(['10.1.0.5']), state([], { synced: false })]);
  t.deepEqual([proof.isPending(4), proof.isPending(6)], [true, true]);
  world.states = [state(['10.1.0.5'])];
  t.deepEqual([proof.isPending(4), proof.isPending(6)], [true, false], 'nobody needs IPv6');
  proof.look();
  t.true(proof.isPending(4));
  answer(0, '203.0.113.201');
  t.false(proof.isPending(4));
});

test('an echo of the host itself proves nothing, and one whose answers are routed away is told as such', (t) => {
  const own = setUp([state(['10.1.0.1'])]);
  own.proof.look();
  t.is(own.dials.length, 0);
  t.regex(own.log.lines[0]!.message, /has the address of this host/);
  const unrouted = setUp([state(['10.1.0.9'])]);
  unrouted.proof.look();
  unrouted.clock.advance(2000);
  t.regex(unrouted.log.lines[0]!.message, /the rules or routes for it are missing/);
});

test('after the end both families are left alone', (t) => {
  const { proof, dials, clock, world } = setUp([state(['10.1.0.5', 'fd00:1::5'])]);
  proof.look();
  t.is(dials.length, 2);
  proof.stop();
  t.true(dials.every(({ isOver }) => isOver));
  t.is(clock.waiting, 0);
  world.states = [state(['10.1.0.6'])];
  proof.look();
  t.is(dials.length, 2);
});
