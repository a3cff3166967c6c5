import test from 'ava';
import { address, addressOrNone } from '../../../src/config/values/address.ts';
import { reads, refuses } from './reads.ts';

const LOOPBACK_6 = new Uint8Array(16);
LOOPBACK_6[15] = 1;

reads(address, [
  ['192.0.2.1:80', { kind: 'tcp', ip: Uint8Array.of(192, 0, 2, 1), port: 80 }],
  ['[::1]:0', { kind: 'tcp', ip: LOOPBACK_6, port: 0 }],
  [':443', { kind: 'tcp', ip: null, port: 443 }],
  ['unix:/run/herald.sock', { kind: 'unix', path: '/run/herald.sock' }],
]);

refuses(address, [
  [
    '8080',
    'invalid_address',
    'expected an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock, got "8080"; did you mean :8080?',
  ],
  ['none', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got "none"'],
  ['192.0.2.1', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got "192.0.2.1"'],
  ['192.0.2.1:65536', 'invalid_address', 'expected a port from 0 to 65535, got "65536"'],
  ['::1:80', 'invalid_address', 'an IPv6 address must be in brackets, like [::1]:80, got "::1:80"'],
  [
    'udp:127.0.0.1:53',
    'not_in_this_version',
    '"udp:127.0.0.1:53" is not in this version of Herald: it comes with UDP',
  ],
]);

test('an address for machines can be none', (t) => {
  t.deepEqual(addressOrNone.parse(['none']), { value: null });
  t.deepEqual(addressOrNone.parse([':9464']), { value: { kind: 'tcp', ip: null, port: 9464 } });
  t.true('refusals' in addressOrNone.parse(['off']));
});
