import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { canBind, isNear, type LoadEndpoint } from '../../src/load/load-plan.ts';

const at = (ip: string): LoadEndpoint => ({ kind: 'tcp', ip: parseIp(ip)!, port: 80 });
const UNIX: LoadEndpoint = { kind: 'unix', path: '/run/x' };

test('near is loopback and what is private; nothing else is', (t) => {
  const near = ['127.0.0.1', '127.255.255.255', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'];
  for (const ip of [...near, '169.254.1.1', '::1', 'fd00::1', 'fe80::1']) t.true(isNear(at(ip)), ip);
  t.true(isNear(UNIX));
  const far = ['8.8.8.8', '172.15.255.255', '172.32.0.0', '192.169.0.1', '11.0.0.0', '126.255.255.255'];
  for (const ip of [...far, '0.0.0.0', '::', '::2', '2001:db8::1', 'fec0::1']) t.false(isNear(at(ip)), ip);
});

test('sockets are bound where all clients and all endpoints are of 127/8', (t) => {
  const cidrs = (...texts: readonly string[]) => texts.map((text) => parseCidr(text)!);
  t.true(canBind([at('127.0.0.1')], cidrs('127.0.0.0/8')));
  t.true(canBind([at('127.0.0.1'), at('127.0.0.2')], cidrs('127.3.0.0/16', '127.0.0.9')));
  t.false(canBind([at('127.0.0.1')], []));
  t.false(canBind([at('127.0.0.1')], cidrs('126.0.0.0/7')));
  t.false(canBind([at('127.0.0.1')], cidrs('127.0.0.0/8', '10.0.0.0/8')));
  t.false(canBind([at('127.0.0.1'), at('10.0.0.1')], cidrs('127.0.0.0/8')));
  t.false(canBind([at('::1')], cidrs('127.0.0.0/8')));
  t.false(canBind([UNIX], cidrs('127.0.0.0/8')));
});
