import test from 'ava';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import {
  chooseNamed,
  chooseServed,
  type EndpointChoice,
  ofThisNode,
} from '../../src/endpoints/traffic-policy.ts';
import { known, LEAVING, UNREADY } from './known-endpoints.ts';

const HERE = { node: 'here', zone: null };
const A = known('a', { node: 'here' });
const B = known('b', { node: 'there' });
const STOPPING = known('stopping', { node: 'here', ...LEAVING });

/** Clients can be presented to these only. */
const only =
  (...served: readonly KnownEndpoint[]) =>
  (endpoint: KnownEndpoint) =>
    served.includes(endpoint);

const textsOf = ({ usable, standby, empty }: EndpointChoice) => {
  const texts = [usable, standby].map((some) => some.map(({ text }) => text).join(' '));
  return usable.length === 0 ? [...texts, empty] : texts;
};

test('an endpoint that clients cannot be presented to is neither used nor on standby', (t) => {
  const choose = (...served: readonly KnownEndpoint[]) =>
    textsOf(chooseServed([A, B, STOPPING], only(...served), 'Cluster', HERE));
  t.deepEqual(choose(A, B, STOPPING), ['a b', 'stopping']);
  t.deepEqual(choose(B, STOPPING), ['b', 'stopping']);
  t.deepEqual(choose(STOPPING), ['stopping', '']);
  t.deepEqual(choose(), ['', '', 'no_capable_node']);
});

test('what policy or readiness leaves nothing of has its own reason', (t) => {
  const none = only();
  t.deepEqual(textsOf(chooseServed([B], none, 'Local', HERE)), ['', '', 'no_local_endpoint']);
  t.deepEqual(textsOf(chooseServed([A, B], only(B), 'Local', HERE)), ['', '', 'no_capable_node']);
  t.deepEqual(textsOf(chooseServed([known('c', UNREADY)], none, 'Cluster', HERE)), [
    '',
    '',
    'no_ready_endpoint',
  ]);
  t.deepEqual(textsOf(chooseServed([], none, 'Cluster', HERE)), ['', '', 'no_endpoint']);
});

test('a header may name each endpoint of this node that may serve, also one that stops beside a ready one', (t) => {
  const fixed = known('fixed');
  const gone = known('gone', { node: 'here', ...UNREADY });
  const all = ofThisNode([A, B, STOPPING, fixed, gone], HERE);
  t.deepEqual(all, [A, STOPPING, fixed, gone]);
  t.deepEqual(textsOf(chooseNamed(all, only(...all))), ['a stopping fixed', '']);
  t.deepEqual(textsOf(chooseNamed(all, only(A))), ['a', '']);
});

test('if a header can name no endpoint there is a reason', (t) => {
  const named = (...all: readonly KnownEndpoint[]) => textsOf(chooseNamed(all, only()))[2];
  t.is(named(A), 'no_capable_node');
  t.is(named(known('c', { node: 'here', ...UNREADY })), 'no_ready_endpoint');
  t.is(named(), 'no_endpoint');
});
