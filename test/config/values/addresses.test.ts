import test from 'ava';
import { flagOf } from '../../../src/config/option.ts';
import {
  address,
  addressOrNone,
  laterScheme,
  listenName,
  tcpAddress,
} from '../../../src/config/values/addresses.ts';
import { problemsOf } from '../problems-of.ts';
import { LEAST, readFlags } from '../read-flags.ts';
import { reads, refuses } from './reads.ts';

const LOOPBACK_6 = new Uint8Array(16);
LOOPBACK_6[15] = 1;

reads('address', address, [
  ['192.0.2.1:80', { kind: 'tcp', ip: Uint8Array.of(192, 0, 2, 1), port: 80 }],
  ['[::1]:0', { kind: 'tcp', ip: LOOPBACK_6, port: 0 }],
  [':443', { kind: 'tcp', ip: null, port: 443 }],
  ['unix:/run/herald.sock', { kind: 'unix', path: '/run/herald.sock' }],
]);

refuses('address', address, [
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

reads('tcpAddress', tcpAddress, [
  [':9466', { kind: 'tcp', ip: null, port: 9466 }],
  ['[::1]:9466', { kind: 'tcp', ip: LOOPBACK_6, port: 9466 }],
]);

const TCP_EXPECTED = 'an address with a port, such as :9467, 10.0.0.1:9467 or [fd00::1]:9467';

refuses('tcpAddress', tcpAddress, [
  [':0', 'invalid_address', TCP_EXPECTED],
  ['unix:/run/hop.sock', 'invalid_address', TCP_EXPECTED],
  ['9466', 'invalid_address', `expected ${TCP_EXPECTED}, got "9466"; did you mean :9466?`],
]);

const SYSTEMD_EXPECTED =
  'systemd:NAME with the FileDescriptorName= of a socket unit: 1 to 255 characters of ASCII without ":"';

reads('listenName', listenName, [
  [':443', { kind: 'tcp', ip: null, port: 443 }],
  ['unix:/run/herald.sock', { kind: 'unix', path: '/run/herald.sock' }],
  ['systemd:web', { kind: 'systemd', name: 'web' }],
  ['systemd:herald.socket', { kind: 'systemd', name: 'herald.socket' }],
  ['systemd: ~,;9', { kind: 'systemd', name: ' ~,;9' }],
  [`systemd:${'n'.repeat(255)}`, { kind: 'systemd', name: 'n'.repeat(255) }],
]);

refuses('listenName', listenName, [
  ['systemd:', 'invalid_systemd_name', SYSTEMD_EXPECTED],
  ['systemd:a:b', 'invalid_systemd_name', SYSTEMD_EXPECTED],
  ['systemd:a\tb', 'invalid_systemd_name', SYSTEMD_EXPECTED],
  ['systemd:a\x7f', 'invalid_systemd_name', SYSTEMD_EXPECTED],
  ['systemd:ä', 'invalid_systemd_name', SYSTEMD_EXPECTED],
  [`systemd:${'n'.repeat(256)}`, 'invalid_systemd_name', SYSTEMD_EXPECTED],
  [
    '8080',
    'invalid_address',
    'expected an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME, got "8080"; did you mean :8080?',
  ],
]);

for (const key of ['metrics', 'admin', 'serviceHealth', 'to'] as const) {
  test(`${flagOf(key)} systemd:web is refused: only a listener can use it`, (t) => {
    const [problem] = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: 'systemd:web' }));
    t.is(problem?.code, 'systemd_not_here');
    t.regex(
      problem?.message ?? '',
      /^"systemd:web" is a socket that systemd passes, which only a listener can use: /,
    );
  });
}

test('an ops address can be none', (t) => {
  t.deepEqual(addressOrNone.parse(['none']), { value: null });
  t.deepEqual(addressOrNone.parse([':9464']), { value: { kind: 'tcp', ip: null, port: 9464 } });
  t.true('refusals' in addressOrNone.parse(['off']));
});

for (const key of ['listen', 'metrics', 'to'] as const) {
  test(`${flagOf(key)} udp::53 is refused with a word of its own, and not as a mistake`, (t) => {
    const problems = problemsOf(() => readFlags('edge', { ...LEAST.edge, [key]: 'udp::53' }));
    t.deepEqual(
      problems.map(({ code, option, message }) => [code, option, message]),
      [['not_in_this_version', flagOf(key), '"udp::53" is not in this version of Herald: it comes with UDP']],
    );
  });
}

test('there is no word about addresses that are understood, or that nobody will understand', (t) => {
  for (const text of ['127.0.0.1:53', ':53', 'unix:/run/udp:', 'udp', 'tcp:53'])
    t.is(laterScheme(text), undefined);
});
