import test from 'ava';
import { readTcpRoute } from '../../../src/controller/objects/read-route.ts';

const metadata = { name: 'db', namespace: 'shop' };
const GROUP = 'gateway.networking.k8s.io';

test('a route is read with the defaults of the specification', (t) => {
  const read = readTcpRoute({
    apiVersion: `${GROUP}/v1`,
    metadata,
    spec: {
      parentRefs: [
        { name: 'edge' },
        { name: 'edge', namespace: 'infra', sectionName: 'db', port: 5432 },
        { name: 'web', group: '', kind: 'Service' },
      ],
      rules: [
        {
          backendRefs: [
            { name: 'db', port: 5432 },
            { name: 'x', namespace: 'other', kind: 'Foo', group: 'g', weight: 0 },
          ],
        },
      ],
    },
  });
  t.is(read?.kind, 'TCPRoute');
  t.is(read?.apiVersion, 'v1');
  t.deepEqual(read?.parentRefs, [
    { group: GROUP, kind: 'Gateway', namespace: null, name: 'edge', sectionName: null, port: null },
    { group: GROUP, kind: 'Gateway', namespace: 'infra', name: 'edge', sectionName: 'db', port: 5432 },
    { group: '', kind: 'Service', namespace: null, name: 'web', sectionName: null, port: null },
  ]);
  t.deepEqual(read?.rules, [
    [
      { group: '', kind: 'Service', namespace: null, name: 'db', port: 5432, weight: 1 },
      { group: 'g', kind: 'Foo', namespace: 'other', name: 'x', port: null, weight: 0 },
    ],
  ]);
});

test('a route knows the version that it was read in, for its status', (t) => {
  t.is(readTcpRoute({ apiVersion: `${GROUP}/v1alpha2`, metadata })?.apiVersion, 'v1alpha2');
  t.is(readTcpRoute({ metadata })?.apiVersion, 'v1', 'items of a list may leave it out');
});

test('weights that the schema forbids count as absent or as the greatest', (t) => {
  const weights = [0, 7, 1_000_000, 1_000_001, -1, 1.5, '3', null, Number.NaN];
  const backendRefs = weights.map((weight) => ({ name: 'a', port: 1, weight }));
  const read = readTcpRoute({ metadata, spec: { rules: [{ backendRefs }] } });
  t.deepEqual(
    read?.rules[0]?.map(({ weight }) => weight),
    [0, 7, 1_000_000, 1_000_000, 1, 1, 1, 1, 1],
  );
});

test('lists are cut at what the schema allows, and null or a wrong type is an empty one', (t) => {
  const refs = Array.from({ length: 50 }, (_, index) => ({ name: `a${index}`, port: 1 }));
  const read = readTcpRoute({ metadata, spec: { parentRefs: refs, rules: [{ backendRefs: refs }] } });
  t.is(read?.parentRefs.length, 32);
  t.is(read?.rules[0]?.length, 16);
  const empty = readTcpRoute({ metadata, spec: { parentRefs: null, rules: 'x' }, status: [] });
  t.deepEqual([empty?.parentRefs, empty?.rules, empty?.parents], [[], [], []]);
  t.deepEqual(readTcpRoute({ metadata, spec: { rules: [null] } })?.rules, [[]]);
});

test('entries of the status stay as they are, also those that cannot be read', (t) => {
  const theirs = { parentRef: { name: 'b' }, controllerName: 'example.net/other', extra: 1 };
  const broken = { parentRef: 7 };
  const read = readTcpRoute({ metadata, status: { parents: [theirs, broken] } });
  t.deepEqual(
    read?.parents.map(({ controllerName, raw }) => [controllerName, raw]),
    [
      ['example.net/other', theirs],
      ['', broken],
    ],
  );
});
