import test from 'ava';
import { originForm } from '../../../src/engine/http/request-target.ts';

for (const [target, host, expected] of [
  ['/', 'a', '/'],
  ['/x?y=http://b/', 'a', '/x?y=http://b/'],
  ['//b/x', 'a', '//b/x'],
  ['http://a/x?y', 'a', '/x?y'],
  ['HTTPS://A.example/x', 'a.EXAMPLE', '/x'],
  ['http://a:80/', 'a:80', '/'],
  ['http://[::1]:80/', '[::1]:80', '/'],
  ['http://a', 'a', '/'],
  ['http://a?y', 'a', '/?y'],
  ['http://a/x', null, '/x'],
  ['http://b/x', 'a', null],
  ['http://a:80/x', 'a', '/x'],
  ['http://a/x', 'a:80', '/x'],
  ['http://a:/x', 'a', '/x'],
  ['https://a:443/x', 'A', '/x'],
  ['http://[2001:DB8::1]:80/x', '[2001:db8:0::1]', '/x'],
  ['http://[::1]/x', '[::1]:80', '/x'],
  ['https://a:80/x', 'a', null],
  ['http://a:443/x', 'a', null],
  ['http://a:81/x', 'a', null],
  ['http://a:80:80/x', 'a', null],
  ['http://:80/x', '', null],
  ['http://[::1]/x', '[::2]', null],
  ['http://a./x', 'a', null],
  ['http://u@a/x', 'a', null],
  ['http://u:p@a/x', null, null],
  ['http:///x', '', null],
  ['http://a#x', 'a', null],
  ['ftp://a/x', 'a', null],
  ['http:/x', 'a', null],
  ['*', 'a', null],
  ['a:80', 'a:80', null],
] as const) {
  test(`${target} to ${host ?? 'nobody'} is ${expected ?? 'refused'} (RFC 9112 §3.2)`, (t) => {
    t.is(originForm('GET', target, host)?.target ?? null, expected);
  });
}

test('the target * is valid with OPTIONS only (RFC 9112 §3.2.4)', (t) => {
  t.is(originForm('OPTIONS', '*', 'a')?.target, '*');
  t.is(originForm('OPTIONS', 'http://a', 'a')?.target, '*');
  t.is(originForm('OPTIONS', 'http://a/', 'a')?.target, '/');
});

test('without a Host the target names it', (t) => {
  t.is(originForm('GET', 'http://a:81/x', null)?.host, 'a:81');
  t.is(originForm('GET', '/x', null)?.host, null);
});
