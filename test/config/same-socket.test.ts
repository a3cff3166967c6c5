import test from 'ava';
import { parseAddress } from '../../src/address/socket-address.ts';
import { isLoopback, leadsTo, sameSocket } from '../../src/config/same-socket.ts';

function at(text: string) {
  const address = parseAddress(text);
  if ('problem' in address) throw new Error(address.problem);
  return address;
}

for (const [one, other, same] of [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', '127.0.0.1:81', false],
  ['127.0.0.1:80', '127.0.0.2:80', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  [':0', ':0', false],
  [':80', ':80', true],
  [':80', '127.0.0.1:80', true],
  [':80', '[::1]:80', true],
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '[::1]:80', false],
  ['[::]:80', '[::1]:80', true],
  ['[::]:80', '127.0.0.1:80', false],
  ['unix:/a', 'unix:/a', true],
  ['unix:/a', 'unix:/b', false],
  ['unix:/a', ':80', false],
] as const) {
  test(`${one} and ${other} ${same ? 'meet' : 'do not meet'}`, (t) => {
    t.is(sameSocket(at(one), at(other)), same);
    t.is(sameSocket(at(other), at(one)), same);
  });
}

for (const [endpoint, listen, leads] of [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', ':80', true],
  ['127.0.0.1:80', '0.0.0.0:80', true],
  ['0.0.0.0:80', ':80', true],
  ['10.0.0.1:80', ':80', false],
  ['10.0.0.1:80', '10.0.0.1:80', true],
  ['10.0.0.2:80', '10.0.0.1:80', false],
  ['127.0.0.1:81', ':80', false],
  ['127.0.0.1:80', '127.0.0.1:0', false],
  ['unix:/a', 'unix:/a', true],
  ['unix:/a', ':80', false],
] as const) {
  test(`${endpoint} ${leads ? 'leads' : 'does not lead'} to ${listen}`, (t) => {
    t.is(leadsTo(at(endpoint), at(listen)), leads);
  });
}

for (const [text, loopback] of [
  ['127.0.0.1:1', true],
  ['127.255.0.1:1', true],
  ['128.0.0.1:1', false],
  ['[::1]:1', true],
  ['[::2]:1', false],
  ['[::]:1', false],
  ['[100::1]:1', false],
] as const) {
  test(`${text} is ${loopback ? '' : 'not '}of loopback`, (t) => {
    const address = at(text);
    t.is(address.kind === 'tcp' && isLoopback(address.ip!), loopback);
  });
}
