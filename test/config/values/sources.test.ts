import test from 'ava';
import { sources } from '../../../src/config/values/sources.ts';
import { reads, refuses } from './reads.ts';

const TEN = { ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 };
const ONE = { ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 };

reads(sources, [
  ['10.0.0.0/8', { cidrs: [TEN], unix: false }],
  ['192.0.2.1', { cidrs: [ONE], unix: false }],
  ['10.0.0.0/8,192.0.2.1', { cidrs: [TEN, ONE], unix: false }],
  [['10.0.0.0/8', '192.0.2.1'], { cidrs: [TEN, ONE], unix: false }],
  ['unix', { cidrs: [], unix: true }],
  ['unix,10.0.0.0/8', { cidrs: [TEN], unix: true }],
  ['0.0.0.0/0', { cidrs: [{ ip: new Uint8Array(4), prefix: 0 }], unix: false }],
]);

refuses(sources, [
  ['', 'invalid_source', 'an address, a CIDR such as 10.0.1.0/24 or fd00::/8, or unix'],
  ['10.0.0.0/33', 'invalid_source'],
  ['10.0.0/8', 'invalid_source'],
  ['10.0.0.1:80', 'invalid_source'],
  ['any', 'invalid_source'],
  ['none', 'invalid_source'],
  ['*', 'invalid_source'],
  [
    'k8s:edge/herald',
    'not_in_this_version',
    '"k8s:edge/herald" is not in this version of Herald: it comes with endpoints from Kubernetes',
  ],
]);

test('every source that is wrong is named', (t) => {
  const parsed = sources.parse(['a,10.0.0.0/8,b']);
  t.deepEqual('refusals' in parsed && parsed.refusals.map(({ got }) => got), ['"a"', '"b"']);
});
