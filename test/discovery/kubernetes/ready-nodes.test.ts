import test from 'ava';
import { isSamePlace, NOWHERE, readReadyNodes } from '../../../src/discovery/kubernetes/ready-nodes.ts';
import { readSlice, type Slice } from '../../../src/discovery/kubernetes/slice.ts';
import { slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';

function sliceOf(address: string, more: object): Slice {
  const addressType = address.includes(':') ? 'IPv6' : 'IPv4';
  return readSlice(slice('a', [sliceEndpoint(address, more)], { addressType }), {
    ...{ namespace: null, services: null },
  })!;
}

test('only ready endpoints are somewhere, each in its own family', (t) => {
  const ready = readReadyNodes([
    sliceOf('10.0.0.1', { nodeName: 'n1' }),
    sliceOf('10.0.0.2', { nodeName: 'n2', conditions: { ready: false, serving: true } }),
    sliceOf('fd00::1', { nodeName: 'n3' }),
  ]);
  t.deepEqual(ready, { anywhere: true, v4: new Set(['n1']), v6: new Set(['n3']) });
});

test('an endpoint without a node is anywhere, and a Service with it is not in the same place as one with none', (t) => {
  const ready = readReadyNodes([sliceOf('10.0.0.1', { nodeName: undefined })]);
  t.deepEqual(ready, { anywhere: true, v4: new Set(), v6: new Set() });
  t.false(isSamePlace(ready, NOWHERE));
  t.true(isSamePlace(ready, { ...ready }));
});

test('places differ by the nodes of either family', (t) => {
  const of = (v4: string[], v6: string[]) => ({ anywhere: true, v4: new Set(v4), v6: new Set(v6) });
  t.true(isSamePlace(of(['a', 'b'], ['c']), of(['b', 'a'], ['c'])));
  for (const other of [of(['a'], ['c']), of(['a', 'x'], ['c']), of(['a', 'b'], []), of(['a', 'b'], ['d'])])
    t.false(isSamePlace(of(['a', 'b'], ['c']), other));
});
