import test from 'ava';
import { gatewayTest, play } from './play.ts';

// The built program with nothing but objects of a cluster: what users of a Service meet.

const SERVED = '10.1.0.1 saw 10.9.0.1';

gatewayTest(
  'two lines on a Service: it is served, its pod sees the client, and its status has an address',
  async (t) => {
    t.deepEqual(await play(t, 'twoLines'), {
      answer: SERVED,
      ingress: [{ ip: '10.0.0.1', ipMode: 'Proxy' }],
      shown: ['shop/web:443', 'service shop/web:443'],
      complaints: [],
    });
  },
);

gatewayTest(
  'with exactly the manifest of the README the log of the application names the client',
  async (t) => {
    t.deepEqual(await play(t, 'printedManifest', 'README.md'), {
      printed: 'Service',
      log: ['client 10.9.0.1'],
    });
  },
);

gatewayTest(
  'annotations say how the client is presented; what is wrong or not allowed is an Event, and the rest holds',
  async (t) => {
    const { plain, presented, notPresented, invalid, notAllowed } = await play(t, 'annotated');
    t.deepEqual([plain, presented], [false, SERVED]);
    t.regex(String(notPresented), /present/);
    t.regex(String(invalid), /idle-timeout.*soon|soon.*idle-timeout/s);
    t.regex(String(notAllowed), /trust/);
  },
);

gatewayTest(
  'G8: an open session survives annotations, endpoints and the end of its object, whose listener closes',
  async (t) => {
    t.deepEqual(await play(t, 'openSession'), {
      answer: SERVED,
      alive: [true, true, true],
      gone: 'ECONNREFUSED',
    });
  },
);

gatewayTest(
  'G11: endpoints without a Pod, of another namespace, of a node, of a Service or of the host are never dialed',
  async (t) => {
    t.deepEqual(await play(t, 'foreignEndpoints'), {
      answers: [SERVED],
      own: true,
      dialed: [0, 0, 0, 0, 0, 0],
    });
  },
);

gatewayTest('G11: endpoints of a range that the operator names count without a Pod', async (t) => {
  t.deepEqual(await play(t, 'endpointCidrs'), { answer: '10.77.0.1 saw 10.9.0.1' });
});

gatewayTest('G14: source ranges of a Service say which clients come in', async (t) => {
  const { admitted, refused } = await play(t, 'ranges');
  t.is(admitted, SERVED);
  t.regex(String(refused), /^(ECONNRESET|ended)$/);
});

gatewayTest('G4: Services of namespaces that the operator does not serve are left alone', async (t) => {
  t.deepEqual(await play(t, 'namespaces'), { served: SERVED, other: 'ECONNREFUSED', status: null });
});

gatewayTest(
  'G15: a listener gets no more than its share of all sessions, whatever its object asks for, and others are served meanwhile',
  async (t) => {
    t.deepEqual(await play(t, 'greedyTenant'), { most: 21, others: [SERVED], next: SERVED });
  },
);

gatewayTest('G16: metrics are for loopback and --metrics-allow, probes for everybody', async (t) => {
  t.deepEqual(await play(t, 'inventory'), { loopback: 200, allowed: 200, other: 403, probe: 200 });
});

test('there are scenarios for all of it', async (t) => {
  const { SCENARIOS } = await import('./scenarios.ts');
  t.true(Object.keys(SCENARIOS).length >= 25);
});
