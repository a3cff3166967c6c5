import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { isSelfConnect, SelfConnects } from '../../src/session/self-connect.ts';
import { endpointAt, unixEndpoint } from '../helpers/engine-harness.ts';

function create(ports: readonly [number, number] = [40_000, 40_100]) {
  const machine = { own: ['10.0.0.5', '2001:db8::5'], reads: 0, nowMs: 0 };
  const connects = new SelfConnects({
    ports: () => ports,
    addresses: () => {
      machine.reads++;
      return machine.own.map((text) => parseIp(text)!);
    },
    now: () => machine.nowMs,
  });
  return { machine, connects };
}

test('only a dial to this machine, at a port within the range to dial from, can connect to itself', (t) => {
  const { connects } = create();
  for (const ip of ['127.0.0.1', '127.8.8.8', '::1', '0.0.0.0', '::', '10.0.0.5', '2001:db8::5']) {
    t.true(connects.possible(endpointAt(40_000, 0, ip)), ip);
    t.true(connects.possible(endpointAt(40_100, 0, ip)), ip);
    t.false(connects.possible(endpointAt(39_999, 0, ip)), ip);
    t.false(connects.possible(endpointAt(40_101, 0, ip)), ip);
  }
  for (const ip of ['10.0.0.6', '2001:db8::6', '::2', '::7f00:1']) {
    t.false(connects.possible(endpointAt(40_050, 0, ip)), ip);
  }
  t.false(connects.possible(unixEndpoint('/run/app')));
});

test('if the kernel does not choose the local port, any port can connect to itself', (t) => {
  const { connects } = create();
  t.true(connects.possible(endpointAt(80, 0, '10.0.0.5'), true));
  t.false(connects.possible(endpointAt(80, 0, '10.0.0.6'), true));
});

test('the addresses of the machine are read only when needed, and seldom', (t) => {
  const { connects, machine } = create();
  connects.possible(endpointAt(80, 0, '10.0.0.6'));
  connects.possible(endpointAt(40_050));
  t.is(machine.reads, 0);
  const moves = endpointAt(40_050, 0, '10.0.0.6');
  for (let count = 0; count < 3; count++) t.false(connects.possible(moves));
  t.is(machine.reads, 1);
  // An address that comes to this machine later.
  machine.own.push('10.0.0.6');
  machine.nowMs = 59_999;
  t.false(connects.possible(moves));
  machine.nowMs = 60_000;
  t.true(connects.possible(moves));
  t.is(machine.reads, 2);
});

test('both ends have to be the same', (t) => {
  const endpoint = endpointAt(40_050);
  const at = (ip: string, port: number) => ({ ip: parseIp(ip)!, port });
  t.true(isSelfConnect(endpoint, at('127.0.0.1', 40_050)));
  for (const other of [
    at('127.0.0.1', 40_051),
    at('127.0.0.2', 40_050),
    at('::1', 40_050),
    null,
    undefined,
  ]) {
    t.false(isSelfConnect(endpoint, other));
  }
});

test('a connect to an unspecified address is compared with the address that the kernel uses for it', (t) => {
  const at = (ip: string, port: number) => ({ ip: parseIp(ip)!, port });
  const v4 = endpointAt(40_050, 0, '0.0.0.0');
  t.true(isSelfConnect(v4, at('127.0.0.1', 40_050)));
  t.true(isSelfConnect(v4, at('10.0.0.5', 40_050)));
  t.false(isSelfConnect(v4, at('127.0.0.1', 40_051)));
  const v6 = endpointAt(40_050, 0, '::');
  t.true(isSelfConnect(v6, at('::1', 40_050)));
  t.false(isSelfConnect(v6, at('2001:db8::5', 40_050)));
  t.false(isSelfConnect(v6, at('::1', 40_051)));
});
