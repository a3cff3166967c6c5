import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { formatSocketAddress, parseAddress, parsePort } from '../../src/address/socket-address.ts';

const ip = (text: string) => parseIp(text)!;

for (const [address, port, expected] of [
  ['192.0.2.1', 80, '192.0.2.1:80'],
  ['::1', 8443, '[::1]:8443'],
  ['::ffff:192.0.2.1', 0, '192.0.2.1:0'],
  ['2001:DB8:0:0::1', 65535, '[2001:db8::1]:65535'],
] as const) {
  test(`${address} and ${port} are written as ${expected}`, (t) =>
    t.is(formatSocketAddress(ip(address), port), expected));
}

for (const [text, expected] of [
  ['192.0.2.1:80', { kind: 'tcp', ip: ip('192.0.2.1'), port: 80 }],
  ['0.0.0.0:0', { kind: 'tcp', ip: ip('0.0.0.0'), port: 0 }],
  ['[::1]:443', { kind: 'tcp', ip: ip('::1'), port: 443 }],
  ['[::]:443', { kind: 'tcp', ip: ip('::'), port: 443 }],
  ['[::ffff:192.0.2.1]:443', { kind: 'tcp', ip: ip('192.0.2.1'), port: 443 }],
  [':8080', { kind: 'tcp', ip: null, port: 8080 }],
  ['localhost:80', { kind: 'tcp', ip: ip('127.0.0.1'), port: 80 }],
  ['unix:/run/herald.sock', { kind: 'unix', path: '/run/herald.sock' }],
  ['unix:herald.sock', { kind: 'unix', path: 'herald.sock' }],
  [`unix:/${'a'.repeat(106)}`, { kind: 'unix', path: `/${'a'.repeat(106)}` }],
] as const) {
  test(`${text.slice(0, 40)} is an address`, (t) =>
    t.deepEqual<object, object>(parseAddress(text), expected));
}

for (const [text, problem] of [
  ['', 'expected host:port, [v6]:port, :port or unix:/path, got ""'],
  ['192.0.2.1', 'expected host:port, [v6]:port, :port or unix:/path, got "192.0.2.1"'],
  ['8080', 'expected host:port, [v6]:port, :port or unix:/path, got "8080"'],
  ['::1:80', 'an IPv6 address must be in brackets, like [::1]:80, got "::1:80"'],
  ['2001:db8::1', 'an IPv6 address must be in brackets, like [::1]:80, got "2001:db8::1"'],
  ['example.com:80', 'expected an IP address, not a host name, got "example.com"'],
  ['*:80', 'expected an IP address, not a host name, got "*"'],
  ['LOCALHOST:80', 'expected an IP address, not a host name, got "LOCALHOST"'],
  ['192.0.2:80', 'expected an IPv4 address like 192.0.2.1, got "192.0.2"'],
  ['192.0.2.256:80', 'expected an IPv4 address like 192.0.2.1, got "192.0.2.256"'],
  ['192.0.2.01:80', 'expected an IPv4 address like 192.0.2.1, got "192.0.2.01"'],
  ['192.0.2.1:', 'expected a port from 0 to 65535, got ""'],
  ['192.0.2.1:x', 'expected a port from 0 to 65535, got "x"'],
  ['192.0.2.1:65536', 'expected a port from 0 to 65535, got "65536"'],
  ['192.0.2.1:080', 'expected a port from 0 to 65535, got "080"'],
  [':-1', 'expected a port from 0 to 65535, got "-1"'],
  ['192.0.2.1: 80', 'expected a port from 0 to 65535, got " 80"'],
  ['[::1]', 'expected a port after the bracket, like [::1]:80, got "[::1]"'],
  ['[::1]80', 'expected a port after the bracket, like [::1]:80, got "[::1]80"'],
  ['[::1]:', 'expected a port from 0 to 65535, got ""'],
  ['[::1:80', 'the bracket is never closed in "[::1:80"'],
  ['[192.0.2.1]:80', 'expected an IPv6 address in the brackets, got "192.0.2.1"'],
  ['[]:80', 'expected an IPv6 address in the brackets, got ""'],
  ['[fe80::1%eth0]:80', 'an IPv6 zone cannot be used here, got "fe80::1%eth0"'],
  ['udp:192.0.2.1:53', '"udp:" is reserved and not served yet'],
  ['unix:', 'expected a path after "unix:"'],
  ['unix:/a\0b', 'a socket path must not contain a NUL'],
  [`unix:/${'a'.repeat(107)}`, 'a socket path has at most 107 bytes, this one has 108'],
  [`unix:/${'\u00e9'.repeat(54)}`, 'a socket path has at most 107 bytes, this one has 109'],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused: ${problem}`, (t) =>
    t.deepEqual<object, object>(parseAddress(text), { problem }));
}

test('a port is decimal from 0 to 65535, without sign, space or leading zero', (t) => {
  t.is(parsePort('0'), 0);
  t.is(parsePort('65535'), 65535);
  for (const text of [
    '',
    '65536',
    '00',
    '01',
    '+1',
    '-1',
    ' 1',
    '1 ',
    '1\n',
    '1e3',
    '0x1',
    '1.0',
    '100000',
    '\u0661',
  ]) {
    t.is(parsePort(text), undefined, text);
  }
});
