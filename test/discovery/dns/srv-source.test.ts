import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { FamilyChoice } from '../../../src/discovery/address-rules.ts';
import { createSrvSource } from '../../../src/discovery/dns/srv-source.ts';
import { a, createMachine, type Machine, start } from './dns-parts.ts';

const SRV = 'SRV _http._tcp.web.example';
const EVERY_MS = 30_000;

const record = (host: string, port: number, priority = 10, weight = 1) => ({
  ttl: 5,
  data: { host, port, priority, weight },
});

async function web(t: ExecutionContext, prepare: (machine: Machine) => void, family: FamilyChoice = 'auto') {
  const machine = await createMachine(t);
  prepare(machine);
  const { clock, random, parts } = machine;
  const service = '_http._tcp.web.example';
  const source = createSrvSource({
    name: `srv:${service}`,
    service,
    family,
    cidrs: null,
    clock,
    random,
    parts,
  });
  return { ...machine, ...start(t, source) };
}

test('an SRV record is served by its hosts, each on its port', async (t) => {
  const { serves, source } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [record('a.example', 8080), record('b.example', 9090), record('a.example', 8081)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
    dns.zone.set('A b.example', a('10.0.0.2', '10.0.0.3'));
  });
  await serves('10.0.0.1:8080', '10.0.0.1:8081', '10.0.0.2:9090', '10.0.0.3:9090');
  t.is(source.state.addresses.length, 3);
});

test('each endpoint has the priority and the weight of its record', async (t) => {
  const { serves, source } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [
      record('a.example', 80, 1, 0),
      record('b.example', 80, 1, 99),
      record('c.example', 80, 2),
    ]);
    for (const [at, host] of ['a', 'b', 'c'].entries())
      dns.zone.set(`A ${host}.example`, a(`10.0.0.${at + 1}`));
  });
  await serves('10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80');
  t.deepEqual(
    source.state.endpoints.map((endpoint) => endpoint.record),
    [
      { host: 'a.example', priority: 1, weight: 0 },
      { host: 'b.example', priority: 1, weight: 99 },
      { host: 'c.example', priority: 2, weight: 1 },
    ],
  );
});

test('of two records for one address the lower priority counts, then the higher weight', async (t) => {
  const { serves, source } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [
      record('a.example', 80, 2, 9),
      record('a.example', 80, 1, 3),
      record('a.example', 80, 1, 5),
    ]);
    dns.zone.set('A a.example', a('10.0.0.1'));
  });
  await serves('10.0.0.1:80');
  t.deepEqual(source.state.endpoints[0]?.record, { host: 'a.example', priority: 1, weight: 5 });
});

test('a weight that changes is a change', async (t) => {
  const { clock, dns, serves, source } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [record('a.example', 80, 1, 1)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
  });
  await serves('10.0.0.1:80');
  const { generation } = source.state;
  dns.zone.set(SRV, [record('a.example', 80, 1, 2)]);
  clock.advance(EVERY_MS);
  while (source.state.generation === generation) await new Promise(setImmediate);
  t.is(source.state.endpoints[0]?.record?.weight, 2);
});

test('it is asked for every 30 s', async (t) => {
  const { clock, dns, serves } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [record('a.example', 80)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
  });
  await serves('10.0.0.1:80');
  await clock.until(EVERY_MS);
  dns.zone.set(SRV, [record('a.example', 81)]);
  clock.advance(EVERY_MS);
  await serves('10.0.0.1:81');
});

test('P11: a host of two families is dialed by one of them', async (t) => {
  const both = ({ dns }: Machine) => {
    dns.zone.set(SRV, [record('a.example', 80)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
    dns.zone.set('AAAA a.example', a('fd00::1'));
  };
  const auto = await web(t, both);
  await auto.serves('10.0.0.1:80');
  t.is(auto.source.state.addresses.length, 2);
  const six = await web(t, both, 6);
  await six.serves('[fd00::1]:80');
});

test('a host that is not answered for keeps what it had, and one that left the record goes', async (t) => {
  const { clock, dns, serves } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [record('a.example', 80), record('b.example', 80)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
    dns.zone.set('A b.example', a('10.0.0.2'));
  });
  await serves('10.0.0.1:80', '10.0.0.2:80');
  dns.zone.set('A a.example', 'SERVFAIL');
  dns.zone.set('AAAA a.example', 'SERVFAIL');
  dns.zone.set(SRV, [record('a.example', 80)]);
  await clock.until(EVERY_MS);
  clock.advance(EVERY_MS);
  await serves('10.0.0.1:80');
});

test('a record that is gone keeps the last state', async (t) => {
  const { clock, dns, serves, said, texts } = await web(t, ({ dns }) => {
    dns.zone.set(SRV, [record('a.example', 80)]);
    dns.zone.set('A a.example', a('10.0.0.1'));
  });
  await serves('10.0.0.1:80');
  dns.zone.delete(SRV);
  await clock.until(EVERY_MS);
  clock.advance(EVERY_MS);
  await said('dns_not_found');
  t.deepEqual(texts(), ['10.0.0.1:80']);
});

test('a record that says "not here" has no endpoints', async (t) => {
  const { synced, source } = await web(t, ({ dns }) => dns.zone.set(SRV, [record('.', 0)]));
  await synced();
  t.deepEqual(source.state.endpoints, []);
});

test('a name server that refuses leaves it unsynced', async (t) => {
  const { said, source } = await web(t, ({ dns }) => dns.zone.set(SRV, 'REFUSED'));
  await said('dns_refused');
  t.false(source.state.synced);
});
