import test from 'ava';
import { readPodIps } from '../../../src/discovery/kubernetes/pod.ts';

const pod = (status: unknown, spec: unknown = {}) => ({ metadata: { name: 'web-0' }, spec, status });

test('a Pod has the addresses of its status, each once and in canonical form', (t) => {
  const podIPs = [{ ip: '10.0.0.1' }, { ip: 'FD00:0::1' }];
  t.deepEqual(readPodIps(pod({ phase: 'Running', podIP: '10.0.0.1', podIPs })), ['10.0.0.1', 'fd00::1']);
  t.deepEqual(readPodIps(pod({ podIP: '10.0.0.1' })), ['10.0.0.1']);
});

test('a Pod that has ended, or is on the network of its node, has no address of its own', (t) => {
  const status = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] };
  for (const phase of ['Succeeded', 'Failed']) t.deepEqual(readPodIps(pod({ ...status, phase })), []);
  t.deepEqual(readPodIps(pod(status, { hostNetwork: true })), []);
});

test('what is no address, or no Pod, has none', (t) => {
  for (const podIPs of [null, 'x', [null, 7, {}, { ip: 7 }, { ip: 'host' }, { ip: '' }]])
    t.deepEqual(readPodIps(pod({ podIPs })), []);
  for (const wrong of [null, 7, 'pod', [], { status: null }]) t.deepEqual(readPodIps(wrong), []);
});
