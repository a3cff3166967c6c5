import type { ExecutionContext } from 'ava';
import test from 'ava';
import { parseCidr } from '../../../src/address/cidr.ts';
import { formatIp } from '../../../src/address/ip.ts';
import { createIpSet } from '../../../src/address/ip-set.ts';
import { createDnsSource, type DnsSourceOptions } from '../../../src/discovery/dns/dns-source.ts';
import { a, createMachine, type Machine, start } from './dns-parts.ts';

const A = 'A web.example';
const AAAA = 'AAAA web.example';
const FIRST_MS = 500;

async function web(
  t: ExecutionContext,
  prepare: (machine: Machine) => void,
  more: Partial<DnsSourceOptions> = {},
) {
  const machine = await createMachine(t);
  prepare(machine);
  const { clock, random, parts } = machine;
  const source = createDnsSource({
    ...{ name: 'dns:web.example:80', host: 'web.example', port: 80, family: 'auto', cidrs: null },
    ...{ clock, random, parts, ...more },
  });
  return { ...machine, machine, ...start(t, source) };
}

test('a name is served by its addresses, sorted, on the port', async (t) => {
  const { source, serves, remarks } = await web(t, ({ dns }) => dns.zone.set(A, a('10.0.0.2', '10.0.0.1')));
  t.false(source.state.synced);
  await serves('10.0.0.1:80', '10.0.0.2:80');
  t.true(source.state.synced && source.health.synced);
  t.is(source.health.lastEventAt, 1_700_000_000);
  t.true(source.state.endpoints.every(({ ready, serving, terminating }) => ready && serving && !terminating));
  t.is(source.state.service, null);
  t.deepEqual(remarks, []);
});

test('a name is asked for again when the shortest time to live has passed', async (t) => {
  const { clock, dns, serves } = await web(t, ({ dns }) =>
    dns.zone.set(A, [
      { ttl: 70, data: '10.0.0.1' },
      { ttl: 40, data: '10.0.0.2' },
    ]),
  );
  await serves('10.0.0.1:80', '10.0.0.2:80');
  dns.zone.set(A, a('10.0.0.3'));
  await clock.until(40_000);
  clock.advance(40_000);
  await serves('10.0.0.3:80');
  await dns.askedTimes(A, 2);
});

for (const [ttl, ms] of [
  [0, 1000],
  [1, 1000],
  [300, 300_000],
  [604_800, 300_000],
] as const) {
  test(`a time to live of ${ttl} s is taken for ${ms} ms`, async (t) => {
    const { clock } = await web(t, ({ dns }) => dns.zone.set(A, [{ ttl, data: '10.0.0.1' }]));
    await clock.until(ms);
    t.deepEqual(clock.waiting, [ms]);
  });
}

test('a name of thousands of addresses is served by all of them, and asked for no sooner than it says', async (t) => {
  const addresses = Array.from({ length: 4000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
  const { clock, source, synced } = await web(t, ({ dns }) => dns.zone.set(A, a(...addresses)));
  await synced();
  t.is(source.state.endpoints.length, 4000);
  await clock.until(30_000);
  t.deepEqual(clock.waiting, [30_000]);
});

test('the same answer in another order changes nothing', async (t) => {
  const { clock, dns, serves, told, source } = await web(t, ({ dns }) =>
    dns.zone.set(A, a('10.0.0.1', '10.0.0.2')),
  );
  await serves('10.0.0.1:80', '10.0.0.2:80');
  dns.zone.set(A, a('10.0.0.2', '10.0.0.1'));
  await clock.until(30_000);
  clock.advance(30_000);
  await dns.askedTimes(AAAA, 2);
  await clock.until(30_000);
  t.is(told.changes, 1);
  t.is(source.state.generation, 1);
});

test('P11: auto dials IPv4 where a name has both, and knows the addresses of both', async (t) => {
  const { source, serves } = await web(t, ({ dns }) => {
    dns.zone.set(A, a('10.0.0.1'));
    dns.zone.set(AAAA, a('fd00::1'));
  });
  await serves('10.0.0.1:80');
  t.deepEqual(
    source.state.addresses.map((ip) => formatIp(ip)),
    ['10.0.0.1', 'fd00::1'],
  );
});

test('P11: auto dials IPv6 where a name has nothing else', async (t) => {
  const { serves } = await web(t, ({ dns }) => dns.zone.set(AAAA, a('fd00::1')));
  await serves('[fd00::1]:80');
});

test('P11: a family that was asked for is the only one that is asked about', async (t) => {
  const both = ({ dns }: Machine) => {
    dns.zone.set(A, a('10.0.0.1'));
    dns.zone.set(AAAA, a('fd00::1'));
  };
  const four = await web(t, both, { family: 4 });
  await four.serves('10.0.0.1:80');
  t.deepEqual(four.dns.asked, [A]);
  const six = await web(t, both, { family: 6 });
  await six.serves('[fd00::1]:80');
  t.deepEqual(six.dns.asked, [AAAA]);
});

test('a name server that is bad at one family does not take the other with it', async (t) => {
  const { clock, dns, serves, source } = await web(t, ({ dns }) => {
    dns.zone.set(A, a('10.0.0.1'));
    dns.zone.set(AAAA, a('fd00::1'));
  });
  await serves('10.0.0.1:80');
  dns.zone.set(A, a('10.0.0.2'));
  dns.zone.set(AAAA, 'SERVFAIL');
  await clock.until(30_000);
  clock.advance(30_000);
  await serves('10.0.0.2:80');
  t.is(source.state.addresses.length, 2, 'what was known of the other family goes on');
});

test('a name that has no address any more keeps what it had', async (t) => {
  const { clock, dns, serves, said, source, texts } = await web(t, ({ dns }) =>
    dns.zone.set(A, a('10.0.0.1')),
  );
  await serves('10.0.0.1:80');
  dns.zone.delete(A);
  await clock.until(30_000);
  clock.advance(30_000);
  await said('dns_not_found');
  t.deepEqual(texts(), ['10.0.0.1:80']);
  t.is(source.health.errors.get('not_found'), 1);
});

test('at first, "there is none" is an answer', async (t) => {
  const { synced, source, codes } = await web(t, () => {});
  await synced();
  t.deepEqual(source.state.endpoints, []);
  t.deepEqual(codes(), ['dns_not_found']);
});

test('without an answer a source is not synced; it asks again, and says once what is wrong and when it is over', async (t) => {
  const { clock, dns, said, serves, source, codes } = await web(t, ({ dns }) => {
    dns.zone.set(A, 'REFUSED');
    dns.zone.set(AAAA, 'REFUSED');
  });
  await said('dns_refused');
  t.false(source.state.synced);
  t.is(source.health.lastEventAt, null);
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await clock.until(2 * FIRST_MS);
  t.is(source.health.errors.get('refused'), 2);
  dns.zone.set(A, a('10.0.0.1'));
  clock.advance(2 * FIRST_MS);
  await serves('10.0.0.1:80');
  t.deepEqual(codes(), ['dns_refused', 'dns_back']);
});

test('a name server that fails keeps the last state', async (t) => {
  const { clock, dns, serves, said, texts, remarks } = await web(t, ({ dns }) =>
    dns.zone.set(A, a('10.0.0.1')),
  );
  await serves('10.0.0.1:80');
  dns.zone.set(A, 'SERVFAIL');
  dns.zone.set(AAAA, 'SERVFAIL');
  await clock.until(30_000);
  clock.advance(30_000);
  await said('dns_server_failed');
  t.deepEqual(texts(), ['10.0.0.1:80']);
  t.regex(remarks[0]!.message, /; keeping the last known endpoints$/);
});

test('the search list is followed, as ndots says', async (t) => {
  const { serves, dns } = await web(
    t,
    (machine) => {
      machine.resolvConf = 'search shop.svc svc\noptions ndots:2\n';
      machine.dns.zone.set('A web.svc', a('10.0.0.1'));
    },
    { host: 'web', family: 4 },
  );
  await serves('10.0.0.1:80');
  t.deepEqual(dns.asked, ['A web.shop.svc', 'A web.svc']);
});

test('a name with enough dots is asked for as it is first', async (t) => {
  const { serves, dns } = await web(
    t,
    (machine) => {
      machine.resolvConf = 'search shop.svc\noptions ndots:1\n';
      machine.dns.zone.set('A web.example.shop.svc', a('10.0.0.1'));
    },
    { family: 4 },
  );
  await serves('10.0.0.1:80');
  t.deepEqual(dns.asked, [A, 'A web.example.shop.svc']);
});

test('a search goes on behind a server that failed, and ends at one that refuses', async (t) => {
  const prepare = (code: 'SERVFAIL' | 'REFUSED') => (machine: Machine) => {
    machine.resolvConf = 'search one two\noptions ndots:3 attempts:1\n';
    machine.dns.zone.set('A web.example.one', code);
    machine.dns.zone.set('A web.example.two', a('10.0.0.1'));
  };
  const failed = await web(t, prepare('SERVFAIL'), { family: 4 });
  await failed.serves('10.0.0.1:80');
  const refused = await web(t, prepare('REFUSED'), { family: 4 });
  await refused.said('dns_refused');
  t.false(refused.dns.asked.includes('A web.example.two'));
});

test('a change of the resolver file is taken up at the next question', async (t) => {
  const { clock, machine, dns, serves } = await web(
    t,
    ({ dns }) => {
      dns.zone.set('A web', a('10.0.0.1'));
      dns.zone.set('A web.shop', a('10.0.0.2'));
    },
    { host: 'web', family: 4 },
  );
  await serves('10.0.0.1:80');
  machine.resolvConf = 'search shop\n';
  await clock.until(30_000);
  clock.advance(30_000);
  await serves('10.0.0.2:80');
  t.deepEqual(dns.asked, ['A web', 'A web.shop']);
});

test('the hosts file answers where no name server does', async (t) => {
  const { clock, dns, serves } = await web(t, ({ hosts }) =>
    hosts.set('web.example', ['10.0.0.9', 'fd00::9']),
  );
  await serves('10.0.0.9:80');
  dns.zone.set(A, a('10.0.0.1'));
  await clock.until(30_000);
  clock.advance(30_000);
  await serves('10.0.0.1:80');
});

test('a name of this machine may be written down: loopback is not refused', async (t) => {
  const { serves, codes } = await web(t, ({ hosts }) => hosts.set('web.example', ['127.0.0.1']));
  await serves('127.0.0.1:80');
  t.deepEqual(codes(), []);
});

test('addresses that are not of one host, and those outside the CIDRs, are refused and named once', async (t) => {
  const cidrs = createIpSet([parseCidr('10.0.0.0/24')!]);
  const zone = a('0.0.0.0', '224.0.0.1', '255.255.255.255', '10.0.0.1', '10.9.9.9');
  const { clock, dns, serves, remarks, source } = await web(t, ({ dns }) => dns.zone.set(A, zone), { cidrs });
  await serves('10.0.0.1:80');
  await clock.until(30_000);
  clock.advance(30_000);
  await dns.askedTimes(AAAA, 2);
  await clock.until(30_000);
  t.is(remarks.length, 1);
  t.regex(remarks[0]!.message, /0\.0\.0\.0 \(unspecified\), 10\.9\.9\.9 \(outside --endpoint-cidrs\), 224/);
  t.is(source.state.addresses.length, 1);
});

test('without a port there is nothing to dial, but addresses to trust', async (t) => {
  const { synced, source } = await web(t, ({ dns }) => dns.zone.set(A, a('10.0.0.1')), { port: null });
  await synced();
  t.deepEqual(source.state.endpoints, []);
  t.is(source.state.addresses.length, 1);
});

test('a stop does not wait for a query without an answer', async (t) => {
  const { clock, dns, source } = await web(t, ({ dns }) => dns.zone.set(A, 'SILENT'));
  await dns.askedTimes(A, 1);
  await source.stop();
  t.deepEqual(clock.waiting, []);
  t.false(source.state.synced);
});
