import test from 'ava';
import fc from 'fast-check';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import {
  chooseEndpoints,
  type Place,
  policyOf,
  type TrafficPolicy,
} from '../../src/endpoints/traffic-policy.ts';
import { known, LEAVING, UNREADY } from './known-endpoints.ts';

const POLICIES: readonly TrafficPolicy[] = ['Cluster', 'Local', 'PreferLocal'];
const HERE: Place = { node: 'here', zone: 'z1' };
const NOWHERE: Place = { node: null, zone: null };

/** The texts of usable and standby endpoints, and the reason if none is usable. */
function choose(endpoints: readonly KnownEndpoint[], policy: TrafficPolicy, place: Place = HERE) {
  const { usable, standby, empty } = chooseEndpoints(endpoints, policy, place);
  const texts = (some: readonly KnownEndpoint[]) => some.map(({ text }) => text).join(' ');
  return usable.length === 0 ? [texts(usable), texts(standby), empty] : [texts(usable), texts(standby)];
}

// ── C1 ──

test('C1: a ready endpoint elsewhere does not keep Local from a local one that is terminating and still serves', (t) => {
  const endpoints = [known('there', { node: 'there' }), known('leaving', { node: 'here', ...LEAVING })];
  t.deepEqual(choose(endpoints, 'Local'), ['leaving', '']);
  t.deepEqual(choose(endpoints, 'Cluster'), ['there', 'leaving']);
});

test('C1: with Local a ready endpoint of the node goes before its terminating ones, which stand by', (t) => {
  const endpoints = [
    known('leaving', { node: 'here', ...LEAVING }),
    known('ready', { node: 'here' }),
    known('there', { node: 'there' }),
  ];
  t.deepEqual(choose(endpoints, 'Local'), ['ready', 'leaving']);
});

test('C1: with Cluster and no ready endpoint, all that are serving and terminating are used', (t) => {
  const endpoints = [
    known('a', { node: 'here', ...LEAVING, forZones: ['z2'] }),
    known('b', { node: 'there', ...LEAVING }),
    known('c', UNREADY),
  ];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a b', '']);
});

// ── C2 ──

const NEVER: readonly Partial<KnownEndpoint>[] = [
  { ready: false, serving: false, terminating: true },
  { ready: false, serving: true, terminating: false },
  { ready: false, serving: false, terminating: false },
];

for (const policy of POLICIES) {
  test(`C2: with ${policy} what is neither ready nor serving its last requests is never used, and stands by for nothing`, (t) => {
    t.true(NEVER.length > 0);
    for (const parts of NEVER) {
      t.deepEqual(choose([known('a', { node: 'here', ...parts })], policy), ['', '', 'no_ready_endpoint']);
    }
  });

  test(`C2: with ${policy} a ready endpoint is used although it is terminating or not serving (E8)`, (t) => {
    const parts = { node: 'here', ready: true, serving: false, terminating: true };
    t.deepEqual(choose([known('a', parts), known('b', { node: 'here', ...LEAVING })], policy), ['a', 'b']);
  });
}

// ── C3 ──

test('C3: without hints Cluster does not prefer the node’s own endpoints', (t) => {
  const endpoints = [known('a', { node: 'there' }), known('b', { node: 'here', zone: 'z1' }), known('c')];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a b c', '']);
});

// ── C4 ──

test('C4: where every ready endpoint has node hints those for this node are used, wherever they run', (t) => {
  const endpoints = [
    known('a', { node: 'there', forNodes: ['here', 'there'], forZones: ['z1'] }),
    known('b', { node: 'here', forNodes: ['there'], forZones: ['z1'] }),
  ];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a', 'b']);
});

test('C4: where no node hint names this node, zone hints decide', (t) => {
  const endpoints = [
    known('a', { forNodes: ['there'], forZones: ['z1'] }),
    known('b', { forNodes: ['there'], forZones: ['z2'] }),
  ];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a', 'b']);
});

const NO_FILTER: readonly { name: string; endpoints: readonly KnownEndpoint[]; place: Place }[] = [
  {
    name: 'one ready endpoint has no hint',
    endpoints: [known('a', { forZones: ['z1'] }), known('b')],
    place: HERE,
  },
  {
    name: 'no hint names the zone',
    endpoints: [known('a', { forZones: ['z2'] }), known('b', { forZones: ['z3'] })],
    place: HERE,
  },
  {
    name: 'the zone is not known',
    endpoints: [known('a', { forZones: ['z1'] }), known('b', { forZones: ['z2'] })],
    place: { node: 'here', zone: null },
  },
  {
    name: 'the names are empty',
    endpoints: [
      known('a', { forNodes: [''], forZones: [''] }),
      known('b', { forNodes: ['x'], forZones: ['x'] }),
    ],
    place: { node: '', zone: '' },
  },
];

for (const { name, endpoints, place } of NO_FILTER) {
  test(`C4: where ${name} nothing is filtered`, (t) => {
    t.deepEqual(choose(endpoints, 'Cluster', place), ['a b', '']);
  });
}

test('C4: hints count of ready endpoints alone', (t) => {
  const endpoints = [
    known('a', { forZones: ['z1'] }),
    known('b', { forZones: ['z2'] }),
    known('c', LEAVING),
    known('d', UNREADY),
  ];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a', 'b c']);
});

test('C4: Local does not look at hints', (t) => {
  const endpoints = [
    known('a', { node: 'here', forNodes: ['there'], forZones: ['z2'] }),
    known('b', { node: 'there', forNodes: ['here'], forZones: ['z1'] }),
  ];
  t.deepEqual(choose(endpoints, 'Local'), ['a', '']);
});

// ── C5 ──

test('C5: the zone and the node that an endpoint runs in filter nothing: only hints do', (t) => {
  const endpoints = [known('a', { node: 'here', zone: 'z1' }), known('b', { node: 'there', zone: 'z2' })];
  t.deepEqual(choose(endpoints, 'Cluster'), ['a b', '']);
});

// ── C6 ──

test('C6: the Service’s policy for traffic from outside is followed where that is asked for', (t) => {
  const service = { namespace: 'shop', name: 'web', affinityMs: 0 } as const;
  t.is(policyOf('service', { ...service, externalTrafficPolicy: 'Local' }), 'Local');
  t.is(policyOf('service', { ...service, externalTrafficPolicy: 'Cluster' }), 'Cluster');
  t.is(policyOf('service', null), 'Cluster');
  for (const policy of POLICIES)
    t.is(policyOf(policy, { ...service, externalTrafficPolicy: 'Local' }), policy);
});

// ── C7 ──

test('C7: no endpoint for Local is told apart from no endpoint at all, and from none that may be used', (t) => {
  t.deepEqual(choose([], 'Local'), ['', '', 'no_endpoint']);
  for (const policy of POLICIES) {
    t.deepEqual(choose([known('a', { node: 'here', ...UNREADY })], policy), ['', '', 'no_ready_endpoint']);
    t.deepEqual(choose([known('a', { node: 'there', ...UNREADY })], policy), ['', '', 'no_ready_endpoint']);
  }
  t.deepEqual(choose([known('a', { node: 'there' })], 'Local'), ['', '', 'no_local_endpoint']);
  // An endpoint that is serving and terminating on another node would still be used there.
  t.deepEqual(choose([known('a', { node: 'there', ...LEAVING })], 'Local'), ['', '', 'no_local_endpoint']);
});

test('C7: without a node name of our own nothing is local (E3), and names are equal to the letter', (t) => {
  const endpoints = [known('a', { node: 'here' }), known('b'), known('c', { node: '' })];
  t.deepEqual(choose(endpoints, 'Local', NOWHERE), ['', '', 'no_local_endpoint']);
  t.deepEqual(choose(endpoints, 'Local', { node: '', zone: null }), ['', '', 'no_local_endpoint']);
  t.deepEqual(choose(endpoints, 'Local', { node: 'Here', zone: null }), ['', '', 'no_local_endpoint']);
});

// ── PreferLocal, our own ──

test('PreferLocal uses local ready endpoints, and everything that Cluster could use is standby', (t) => {
  const endpoints = [
    known('a', { node: 'there', forZones: ['z1'] }),
    known('b', { node: 'here', forZones: ['z2'] }),
    known('c', { node: 'here', ...LEAVING }),
  ];
  t.deepEqual(choose(endpoints, 'PreferLocal'), ['b', 'a c']);
});

test('PreferLocal without a local and ready endpoint is Cluster', (t) => {
  const endpoints = [
    known('a', { node: 'there', forZones: ['z1'] }),
    known('b', { node: 'there', forZones: ['z2'] }),
    known('c', { node: 'here', ...LEAVING }),
  ];
  t.deepEqual(choose(endpoints, 'PreferLocal'), choose(endpoints, 'Cluster'));
  t.deepEqual(choose(endpoints, 'PreferLocal'), ['a', 'b c']);
});

// ── all rules together, against the steps of kube-proxy ──

/** `CategorizeEndpoints` for one policy, written like the original: flag by flag. */
function categorize(endpoints: readonly KnownEndpoint[], policy: 'Cluster' | 'Local', { node, zone }: Place) {
  const isLocal = (each: KnownEndpoint) => node !== null && node !== '' && each.node === node;
  if (policy === 'Cluster') {
    let [allNodes, allZones, myNode, myZone] = [true, true, false, false];
    for (const each of endpoints) {
      if (!each.ready) continue;
      if (each.forNodes.length === 0) allNodes = false;
      if (each.forZones.length === 0) allZones = false;
      if (node && each.forNodes.includes(node)) myNode = true;
      if (zone && each.forZones.includes(zone)) myZone = true;
    }
    const chosen = endpoints.filter((each) => {
      if (!each.ready) return false;
      if (allNodes && myNode) return each.forNodes.includes(node!);
      return allZones && myZone ? each.forZones.includes(zone!) : true;
    });
    return chosen.length > 0 ? chosen : endpoints.filter((each) => each.serving && each.terminating);
  }
  const ready = endpoints.filter((each) => isLocal(each) && each.ready);
  if (ready.length > 0) return ready;
  return endpoints.filter((each) => isLocal(each) && each.serving && each.terminating);
}

const names = fc.constantFrom('here', 'there', 'z1', 'z2');
const anyEndpoint = fc.record({
  node: fc.option(names),
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
  forNodes: fc.array(names, { maxLength: 2 }),
  forZones: fc.array(names, { maxLength: 2 }),
});
const anyPlace = fc.record({ node: fc.option(names), zone: fc.option(names) });

test('C1–C7: whatever the slices say, the choice is that of CategorizeEndpoints', (t) => {
  fc.assert(
    fc.property(fc.array(anyEndpoint, { maxLength: 6 }), anyPlace, (parts, place) => {
      const endpoints = parts.map((each, index) => known(`${index}`, each));
      for (const policy of ['Cluster', 'Local'] as const) {
        const { usable, empty } = chooseEndpoints(endpoints, policy, place);
        t.deepEqual(usable, categorize(endpoints, policy, place));
        const elsewhere = categorize(endpoints, 'Cluster', { node: null, zone: null }).length > 0;
        const none = elsewhere ? 'no_local_endpoint' : 'no_ready_endpoint';
        if (usable.length === 0 && endpoints.length > 0) t.is(empty, none);
        else t.is(empty, 'no_endpoint');
      }
    }),
  );
});

test('standby is exactly what a policy would use as the usable endpoints go away', (t) => {
  let standing = 0;
  fc.assert(
    fc.property(fc.array(anyEndpoint, { maxLength: 6 }), anyPlace, (parts, place) => {
      const endpoints = parts.map((each, index) => known(`${index}`, each));
      for (const policy of POLICIES) {
        const { standby } = chooseEndpoints(endpoints, policy, place);
        const came: KnownEndpoint[] = [];
        let left = endpoints.slice();
        for (;;) {
          const { usable } = chooseEndpoints(left, policy, place);
          if (usable.length === 0) break;
          if (left.length < endpoints.length) came.push(...usable);
          left = left.filter((each) => !usable.includes(each));
        }
        const texts = (some: readonly KnownEndpoint[]) => some.map(({ text }) => text).sort();
        t.deepEqual(texts(standby), texts(came));
        standing += standby.length;
      }
    }),
  );
  t.true(standing > 0);
});
