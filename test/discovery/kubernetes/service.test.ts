import test from 'ava';
import fc from 'fast-check';
import { readService } from '../../../src/discovery/kubernetes/service.ts';
import { NAMESPACE, SERVICE, service } from '../../helpers/kubernetes-objects.ts';

const read = (spec: object = {}) => readService(service(spec), NAMESPACE, SERVICE)!;
const affinity = (timeoutSeconds: unknown) =>
  read({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }).facts
    .affinityMs;

test('a Service tells its traffic policy, and Cluster is what it did not tell', (t) => {
  t.is(read().facts.externalTrafficPolicy, 'Cluster');
  t.is(read({ externalTrafficPolicy: 'Cluster' }).facts.externalTrafficPolicy, 'Cluster');
  t.is(read({ externalTrafficPolicy: 'Local' }).facts.externalTrafficPolicy, 'Local');
  t.is(read({ externalTrafficPolicy: 'Elsewhere' }).facts.externalTrafficPolicy, 'Cluster');
});

test('A1: the affinity is ClientIP for 10800 s if not said otherwise, and none without it', (t) => {
  t.is(read().facts.affinityMs, 0);
  t.is(read({ sessionAffinity: 'ClientIP' }).facts.affinityMs, 10_800_000);
  t.is(affinity(1), 1000);
  t.is(affinity(86_400), 86_400_000);
  for (const wrong of [0, -1, 86_401, 1.5, '60', null]) t.is(affinity(wrong), 10_800_000, `${wrong}`);
});

test('the TCP ports of a Service are known by name, and the only one may have none', (t) => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  t.deepEqual(read({ ports }).ports, [{ name: 'http', port: 80 }]);
  t.deepEqual(read({ ports: [{ port: 80 }] }).ports, [{ name: '', port: 80 }]);
  t.deepEqual(read({ ports: null }).ports, []);
});

test('the first family of a Service is known where it says one', (t) => {
  t.is(read({ ipFamilies: ['IPv6', 'IPv4'] }).firstFamily, 6);
  t.is(read({ ipFamilies: ['IPv4'] }).firstFamily, 4);
  for (const none of [null, [], ['IPv5'], 'IPv6']) t.is(read({ ipFamilies: none }).firstFamily, null);
});

test('an object of another Service is not read', (t) => {
  t.is(readService(service({}, 'other'), NAMESPACE, SERVICE), null);
  t.is(readService(service(), 'elsewhere', SERVICE), null);
});

test('whatever an API sends as a Service, reading it does not throw', (t) => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (spec, any) => {
      const found = readService({ ...service(), spec }, NAMESPACE, SERVICE);
      t.true(found!.facts.affinityMs >= 0);
      readService(any, NAMESPACE, SERVICE);
    }),
  );
});

test('a Service tells which clients it admits, and what of that is no range', (t) => {
  t.is(read().facts.sourceRanges, undefined);
  const some = read({ loadBalancerSourceRanges: ['10.0.0.0/8', 'office'] });
  t.deepEqual(some.facts.sourceRanges, ['10.0.0.0/8']);
  t.deepEqual(some.malformedRanges, ['office']);
});
