import type { EndpointState } from '../endpoint-state.ts';
import { ClientHash } from './client-hash.ts';
import { LeastSessions } from './least-sessions.ts';
import type { Picker } from './picker.ts';
import { RandomTwo } from './random-two.ts';
import { RoundRobin } from './round-robin.ts';

/** `client-hash` needs the snapshot's `hashTable`. `named`: the header names the endpoint, and nothing is picked. */
export type Balance = 'round-robin' | 'least-sessions' | 'random-two' | 'client-hash' | 'named';

type CreatePicker = (state: EndpointState, random: () => number) => Picker;

const PICKERS: { readonly [balance in Balance]: CreatePicker } = {
  'round-robin': (_, random) => new RoundRobin(random),
  'least-sessions': ({ endpointSessions }, random) => new LeastSessions(endpointSessions, random),
  'random-two': ({ endpointSessions }, random) => new RandomTwo(endpointSessions, random),
  'client-hash': (_, random) => new ClientHash(new RoundRobin(random)),
  named: (_, random) => new RoundRobin(random),
};

export function createPicker(balance: Balance, state: EndpointState, random: () => number): Picker {
  return PICKERS[balance](state, random);
}
