import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { ROUTES_CELL, TransparentRules } from '../../src/session/transparent-rules.ts';
import { HOST_CELLS, HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { candidatesOf } from '../endpoints/pool-parts.ts';
import { cidrs, endpointAt, listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';

const V4 = [endpointAt(1), endpointAt(2), endpointAt(3), endpointAt(4)];
const V6 = [endpointAt(5, 0, '::1'), endpointAt(6, 0, '::1')];
const BOTH = [V6[0]!, V4[0]!, V6[1]!, V4[1]!, V4[2]!, V4[3]!];

const at = (text: string) => ({ ip: parseIp(text)!, port: 51234 });

const NODE = endpointAt(7, 7, '10.244.1.7');
const AWAY = { ...endpointAt(8, 8, '10.244.2.8'), hop: { ip: parseIp('10.1.2.4')!, port: 9466 } };

function create(parts: PlanParts): TransparentRules {
  const cells = new Uint32Array(HOST_CELLS);
  new HostAddresses(cells).replace(
    cidrs('10.1.2.3', '127.0.0.0/8'),
    cidrs('10.1.2.255'),
    cidrs('10.244.1.0/24'),
  );
  return new TransparentRules(listenerPlan(parts), cells);
}

test('a client whose address cannot be bound is refused, and the detail says why', (t) => {
  const rules = create({ endpoints: V4 });
  const refusal = (source: string) => rules.refuses(at(source), at('10.0.0.1'));
  t.is(refusal('203.0.113.7'), null);
  t.deepEqual(refusal('224.0.0.1'), { reason: 'source_unusable', detail: 'multicast' });
  t.deepEqual(refusal('10.1.2.3'), { reason: 'source_unusable', detail: 'host_address' });
  t.deepEqual(refusal('10.1.2.255'), { reason: 'source_unusable', detail: 'host_shared_address' });
  t.deepEqual(rules.refuses(null, null), { reason: 'source_unusable', detail: 'no_address' });
  t.is(create({ endpoints: V4, localClients: cidrs('10.1.2.3') }).refuses(at('10.1.2.3'), null), null);
});

test('a client of a family that no endpoint has is refused before any is asked', (t) => {
  t.deepEqual(create({ endpoints: V4 }).refuses(at('2001:db8::7'), null), {
    reason: 'no_endpoint_of_family',
    detail: 'ipv6',
  });
  t.deepEqual(create({ endpoints: V6 }).refuses(at('203.0.113.7'), null), {
    reason: 'no_endpoint_of_family',
    detail: 'ipv4',
  });
  t.is(create({ endpoints: BOTH }).refuses(at('2001:db8::7'), null), null);
});

test('an empty pool is not refused by the family rule: it has a reason of its own', (t) => {
  t.is(create({ endpoints: [] }).refuses(at('203.0.113.7'), null), null);
});

test('endpoints of the other family are passed over, and cost no attempt', (t) => {
  const texts = (attempts: number, source: string) => {
    const turn = create({ endpoints: BOTH, attempts }).fitting(
      candidatesOf(BOTH, [], 0, BOTH.length),
      at(source),
      null,
    );
    const found: string[] = [];
    for (let endpoint = turn.next(); endpoint !== null; endpoint = turn.next()) found.push(endpoint.text);
    t.is(turn.next(), null);
    return found;
  };
  t.deepEqual(texts(3, '203.0.113.7'), ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']);
  t.deepEqual(texts(3, '2001:db8::7'), ['::1:5', '::1:6']);
  t.deepEqual(texts(1, '2001:db8::7'), ['::1:5']);
});

const OWN = at('10.1.2.3');
const NEAR = at('10.244.1.9');
const SHARED = at('10.1.2.255');
const FAR = at('203.0.113.7');

test('an address of this host is kept from loopback alone, and a shared one from every endpoint of this node', (t) => {
  const details = (source: typeof OWN) =>
    [V4[0]!, NODE, AWAY].map((each) => create({ endpoints: [each] }).refuses(source, null)?.detail ?? null);
  t.deepEqual(details(OWN), ['host_address', null, null]);
  t.deepEqual(details(NEAR), [null, null, null]);
  t.deepEqual(details(SHARED), ['host_shared_address', 'host_shared_address', null]);
  t.deepEqual(details(FAR), [null, null, null]);
  for (const source of ['127.0.0.1', '224.0.0.1', '169.254.1.1', '0.0.0.0', '255.255.255.255'])
    t.false(details(at(source)).includes(null), source);
});

test('a client is let in if some endpoint may be dialed for it, and only such endpoints are', (t) => {
  const endpoints = [V4[0]!, NODE, V6[0]!, AWAY];
  const rules = create({ endpoints });
  const fitting = (source: typeof OWN) => {
    t.is(rules.refuses(source, null), null);
    const turn = rules.fitting(candidatesOf(endpoints, [], 0, endpoints.length), source, null);
    return [turn.next(), turn.next(), turn.next(), turn.next()].map((each) => each?.text ?? null);
  };
  t.deepEqual(fitting(FAR), [V4[0]!.text, NODE.text, AWAY.text, null]);
  t.deepEqual(fitting(OWN), [NODE.text, AWAY.text, null, null]);
  t.deepEqual(fitting(SHARED), [AWAY.text, null, null, null]);
});

test('a client that is this host or near it is not presented to an endpoint behind an interface', (t) => {
  const rules = create({ endpoints: [NODE] });
  t.deepEqual(
    [FAR, OWN, NEAR, at('127.0.0.1')].map((source) => rules.presents(NODE, source)),
    [true, false, false, false],
  );
  t.deepEqual(
    [FAR, OWN, NEAR].map((source) => rules.presents(V4[0]!, source)),
    [true, true, true],
  );
  const allowing = create({
    endpoints: [NODE],
    localClients: cidrs('10.1.2.3', '127.0.0.0/8', '10.244.1.9'),
  });
  t.deepEqual(
    [FAR, OWN, NEAR, at('127.0.0.1')].map((source) => allowing.presents(NODE, source)),
    [true, true, false, false],
  );
});

test('the endpoint that a header names is the only one that may be dialed', (t) => {
  const rules = create({ endpoints: [V4[0]!, NODE, V6[0]!] });
  t.is(rules.refuses(OWN, null, NODE), null);
  t.like(rules.refuses(OWN, null, V4[0]!), { reason: 'source_unusable', detail: 'host_address' });
  t.like(rules.refuses(FAR, null, V6[0]!), { reason: 'no_endpoint_of_family', detail: 'ipv4' });
});

test('routes are needed for a presented client, and which depends on where the endpoint is', (t) => {
  const rules = create({ endpoints: [V4[0]!, V6[0]!, NODE, AWAY] });
  t.is(rules.routesCell(V4[0]!, FAR), ROUTES_CELL.loopback[4]);
  t.is(rules.routesCell(V6[0]!, at('2001:db8::7')), ROUTES_CELL.loopback[6]);
  t.is(rules.routesCell(NODE, FAR), ROUTES_CELL.node[4]);
  t.is(rules.routesCell(endpointAt(7, 7, 'fd00::7'), at('2001:db8::7')), ROUTES_CELL.node[6]);
  t.is(rules.routesCell(NODE, NEAR), null);
  t.is(rules.routesCell(AWAY, FAR), null);
  // A connect to it goes to loopback.
  t.is(rules.routesCell(endpointAt(7, 7, '0.0.0.0'), FAR), ROUTES_CELL.loopback[4]);
});
