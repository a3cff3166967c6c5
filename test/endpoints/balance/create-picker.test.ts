import test from 'ava';
import { ClientHash } from '../../../src/endpoints/balance/client-hash.ts';
import { type Balance, createPicker } from '../../../src/endpoints/balance/create-picker.ts';
import { LeastSessions } from '../../../src/endpoints/balance/least-sessions.ts';
import { RandomTwo } from '../../../src/endpoints/balance/random-two.ts';
import { RoundRobin } from '../../../src/endpoints/balance/round-robin.ts';
import { endpointState } from '../pool-parts.ts';

const KINDS: readonly { balance: Balance; kind: new (...args: never[]) => unknown }[] = [
  { balance: 'round-robin', kind: RoundRobin },
  { balance: 'least-sessions', kind: LeastSessions },
  { balance: 'random-two', kind: RandomTwo },
  { balance: 'client-hash', kind: ClientHash },
];

for (const { balance, kind } of KINDS) {
  test(`${balance} is what its name says`, (t) => {
    t.true(createPicker(balance, endpointState(4), () => 0) instanceof kind);
  });
}
