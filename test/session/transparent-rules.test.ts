import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { TransparentRules } from '../../src/session/transparent-rules.ts';
import { HOST_CELLS, HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { candidatesOf } from '../endpoints/pool-parts.ts';
import { cidrs, endpointAt, listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';

const V4 = [endpointAt(1), endpointAt(2), endpointAt(3), endpointAt(4)];
const V6 = [endpointAt(5, 0, '::1'), endpointAt(6, 0, '::1')];
const BOTH = [V6[0]!, V4[0]!, V6[1]!, V4[1]!, V4[2]!, V4[3]!];

const at = (text: string) => ({ ip: parseIp(text)!, port: 51234 });

function create(parts: PlanParts): TransparentRules {
  const cells = new Uint32Array(HOST_CELLS);
  new HostAddresses(cells).replace(cidrs('10.1.2.3'), cidrs('10.1.2.255'));
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
