import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { plainEndpoint } from '../../src/discovery/known-endpoints.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import { type EchoState, findEchoes, knowsEcho } from '../../src/transparent/find-echo.ts';

const at = (ip: string, node: string | null, change: Partial<KnownEndpoint> = {}): KnownEndpoint => ({
  ...plainEndpoint(parseIp(ip)!, 80),
  node,
  ...change,
});

const service = (...endpoints: KnownEndpoint[]): EchoState => ({
  name: 'k8s:edge/echo:http',
  isFixed: false,
  synced: true,
  endpoints,
});

const find = (states: readonly EchoState[], family: 4 | 6 = 4, own = '10.0.0.1') => {
  const found = findEchoes(states, family, 'node-a', (ip) => Buffer.compare(ip, parseIp(own)!) === 0);
  return 'echoes' in found ? found.echoes.map(({ text }) => text) : found;
};

test('the echo of a Service is that of the own node and of the family', (t) => {
  const states = [
    service(
      at('10.1.0.5', 'node-a'),
      at('10.1.1.5', 'node-b'),
      at('fd00::5', 'node-a'),
      at('10.1.2.5', null),
    ),
  ];
  t.deepEqual(find(states), ['10.1.0.5:80']);
  t.deepEqual(find(states, 6), ['[fd00::5]:80']);
});

test('fixed addresses are those of the own node', (t) => {
  const fixed = { ...service(at('10.1.0.5', null), at('10.1.0.6', null)), isFixed: true };
  t.deepEqual(find([fixed]), ['10.1.0.5:80', '10.1.0.6:80']);
});

for (const [title, states, missing, waits] of [
  [
    'a node without an echo says so',
    [service(at('10.1.1.5', 'node-b'))],
    'there is no echo with an IPv4 address on it: none has its nodeName, node-a (k8s:edge/echo:http)',
    false,
  ],
  [
    'an echo that is not ready is not dialed',
    [service(at('10.1.0.5', 'node-a', { ready: false }))],
    'its echo is not ready (k8s:edge/echo:http)',
    false,
  ],
  [
    'nor is one that ends',
    [service(at('10.1.0.5', 'node-a', { terminating: true }))],
    'its echo is not ready (k8s:edge/echo:http)',
    false,
  ],
  [
    'an echo in the network of the host proves nothing',
    [service(at('10.0.0.1', 'node-a'))],
    'the echo 10.0.0.1:80 has the address of this host (10.0.0.1), but it has to be an ordinary pod',
    false,
  ],
  [
    'a source that has not answered is waited for',
    [{ ...service(), synced: false }],
    'k8s:edge/echo:http has not answered yet',
    true,
  ],
] as const) {
  test(title, (t) => t.deepEqual(find(states), { missing, waits }));
}

test('a family is known if any node has an echo of it', (t) => {
  const states = [service(at('10.1.1.5', 'node-b'))];
  t.true(knowsEcho(states, 4));
  t.false(knowsEcho(states, 6));
});
