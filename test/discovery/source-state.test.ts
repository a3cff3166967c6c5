import test from 'ava';
import { plainEndpoint } from '../../src/discovery/known-endpoints.ts';
import { createSourceState } from '../../src/discovery/source-state.ts';
import type { ServiceFacts } from '../../src/endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';

const ip = Uint8Array.of(10, 0, 0, 1);
const facts: ServiceFacts = {
  namespace: 'shop',
  name: 'web',
  externalTrafficPolicy: 'Cluster',
  affinityMs: 0,
};
const state = (more: Partial<KnownEndpoint> = {}) => ({
  endpoints: [{ ...plainEndpoint(ip, 80), forZones: ['a'], ...more }],
  addresses: [ip],
  service: facts,
});

test('the first state counts even where it is empty, and the same again does not', (t) => {
  const held = createSourceState();
  t.like(held.current, { generation: 0, synced: false });
  const none = { endpoints: [], addresses: [], service: null };
  t.true(held.replace(none));
  t.like(held.current, { generation: 1, synced: true });
  t.false(held.replace(none));
  t.is(held.current.generation, 1);
});

const OTHERS: readonly (readonly [what: string, state: ReturnType<typeof state>])[] = [
  ['another address', state({ text: '10.0.0.2:80' })],
  ['readiness', state({ ready: false })],
  ['serving', state({ serving: false })],
  ['an end that has begun', state({ terminating: true })],
  ['a node', state({ node: 'a' })],
  ['a zone', state({ zone: 'a' })],
  ['a hint for nodes', state({ forNodes: ['a'] })],
  ['another hint for zones', state({ forZones: ['b'] })],
  ['one endpoint less', { ...state(), endpoints: [] }],
  ['clients that the Service admits', { ...state(), service: { ...facts, sourceRanges: ['10.0.0.0/8'] } }],
  ['another address to trust', { ...state(), addresses: [Uint8Array.of(10, 0, 0, 2)] }],
];

for (const [what, other] of OTHERS) {
  test(`${what} makes another state`, (t) => {
    const held = createSourceState();
    held.replace(state());
    t.true(held.replace(other));
    t.is(held.current.generation, 2);
    t.false(held.replace({ ...other, addresses: other.addresses.map((each) => each.slice()) }));
  });
}

test('another policy of the Service makes another state', (t) => {
  const held = createSourceState();
  held.replace(state());
  t.true(held.replace({ ...state(), service: { ...facts, affinityMs: 1 } }));
});
