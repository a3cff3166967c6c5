import test from 'ava';
import { readGrant } from '../../../src/controller/objects/read-grant.ts';

const metadata = { name: 'grant', namespace: 'shop' };

test('a grant is read: from whom, and to one object or to all of a kind', (t) => {
  const read = readGrant({
    metadata,
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: 'infra' }],
      to: [
        { group: '', kind: 'Service', name: 'db' },
        { group: '', kind: 'Service' },
      ],
    },
  });
  t.deepEqual(read?.from, [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: 'infra' }]);
  t.deepEqual(read?.to, [
    { group: '', kind: 'Service', name: 'db' },
    { group: '', kind: 'Service', name: null },
  ]);
});

test('an entry of a grant that cannot be read wholly grants nothing', (t) => {
  const read = readGrant({
    metadata,
    spec: {
      from: [
        { group: 'g', kind: 'TCPRoute' },
        { kind: 'TCPRoute', namespace: 'a' },
        { group: 'g', kind: 'TCPRoute', namespace: '' },
        null,
      ],
      to: [
        { group: '', kind: 'Service', name: 7 },
        { group: '', kind: 'Service', name: '' },
        { kind: 'Service' },
        3,
      ],
    },
  });
  t.deepEqual([read?.from, read?.to], [[], []]);
});
