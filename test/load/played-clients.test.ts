import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { createClients, type PlayedClient, sawClient } from '../../src/load/played-clients.ts';

const ranges = (...texts: readonly string[]) => texts.map((text) => parseCidr(text)!);
const take = (count: number, next: () => PlayedClient) =>
  Array.from({ length: count }, () => formatIp(next().ip));

test('each client has an address of its own until the range is through; nobody is network or broadcast', (t) => {
  const found = take(14, createClients(ranges('192.0.2.8/29'), 0, 1));
  t.deepEqual(
    found.slice(0, 6),
    [9, 10, 11, 12, 13, 14].map((host) => `192.0.2.${host}`),
  );
  t.deepEqual(found.slice(6, 12), found.slice(0, 6));
});

test('ranges take turns, of both families', (t) => {
  const found = take(4, createClients(ranges('203.0.113.0/24', '2001:db8::/64'), 0, 1));
  t.deepEqual(found, ['203.0.113.1', '2001:db8::', '203.0.113.2', '2001:db8::1']);
});

test('a range of one, and a pair, are all clients', (t) => {
  t.deepEqual(take(2, createClients(ranges('192.0.2.1'), 0, 1)), ['192.0.2.1', '192.0.2.1']);
  t.deepEqual(take(2, createClients(ranges('192.0.2.0/31'), 0, 1)), ['192.0.2.0', '192.0.2.1']);
});

test('threads deal the clients out: none is played twice', (t) => {
  const all = [0, 1, 2].flatMap((thread) => take(1000, createClients(ranges('10.0.0.0/8'), thread, 3)));
  t.is(new Set(all).size, 3000);
  t.true(all.includes('10.0.11.184'));
});

test('the ports are none that need a privilege, and differ', (t) => {
  const next = createClients(ranges('10.0.0.1'), 0, 1);
  const ports = Array.from({ length: 64_512 }, () => next().port);
  t.is(new Set(ports).size, 64_512);
  t.deepEqual([Math.min(...ports.slice(0, 9)), ports.at(-1)], [1024, 65_535]);
});

const client = { ip: parseIp('203.0.113.7')!, port: 51_234 };
const answer = (address: unknown, port: unknown) => JSON.stringify({ client: { address, port }, header: 2 });

test('the client itself is seen, in whatever way its address is written', (t) => {
  t.is(sawClient(answer('203.0.113.7', 51_234), client), 'right');
  t.is(sawClient(`${answer('::ffff:203.0.113.7', 51_234)}\n`, client), 'right');
  const mapped = { ip: parseIp('::ffff:203.0.113.7')!, port: 51_234 };
  t.is(sawClient(answer('203.0.113.7', 51_234), mapped), 'right');
});

test('another address, another port, and a client without either are wrong', (t) => {
  const wrong = [
    answer('203.0.113.8', 51_234),
    answer('203.0.113.7', 51_235),
    answer('203.0.113.7', '51234'),
    answer(null, 51_234),
    answer('nonsense', 51_234),
    '{"client":null}',
    '{"client":{"path":"/run/x"}}',
  ];
  for (const each of wrong) t.is(sawClient(each, client), 'wrong', each);
});

test('an answer that is not of herald echo tells nothing', (t) => {
  for (const each of ['null', '7', '"client"', '{}', '[]', '{"client":', '<p>400</p>', '']) {
    t.is(sawClient(each, client), 'unknown', each);
  }
});
