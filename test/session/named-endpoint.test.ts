import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import { type Client, clientOf, headerlessClient } from '../../src/session/client.ts';
import { NamedInTurn, namedEndpoint } from '../../src/session/named-endpoint.ts';
import { writeEndpointValue } from '../../src/wire/endpoint-value.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { EJECTION, endpointState } from '../endpoints/pool-parts.ts';
import { endpointAt } from '../helpers/engine-harness.ts';
import { snapshotOf } from '../helpers/snapshots.ts';
import { headerOf, v2 } from './headers.ts';

const V4 = endpointAt(80, 0, '10.1.0.5');
const V6 = endpointAt(80, 1, '2001:db8::7');
const AWAY = { ...endpointAt(80, 2, '10.1.0.6'), hop: { ip: parseIp('10.0.0.9')!, port: 9466 } };

const create = (...endpoints: (typeof V4)[]) =>
  new Pool(snapshotOf(endpoints), EJECTION, endpointState(8), () => 0, 'named');

function naming(ip: string, port: number): Client {
  const value = new Uint8Array(25);
  const length = writeEndpointValue(value, 0, { ip: parseIp(ip)!, port });
  const tlvs = [{ type: TLV.HERALD_ENDPOINT, value: value.subarray(0, length) }];
  return clientOf(headerOf(v2({ tlvs })), null, null);
}

const unknown = (detail: string) => ({ reason: 'endpoint_unknown', detail }) as const;

test('an endpoint is found by address and port, of either family', (t) => {
  const pool = create(V4, V6);
  t.is(namedEndpoint(naming('10.1.0.5', 80), pool), V4);
  t.is(namedEndpoint(naming('2001:db8::7', 80), pool), V6);
  t.is(namedEndpoint(naming('::ffff:10.1.0.5', 80), pool), V4);
  t.deepEqual(namedEndpoint(naming('10.1.0.5', 81), pool), unknown('10.1.0.5:81'));
  t.deepEqual(namedEndpoint(naming('2001:db8::8', 80), pool), unknown('[2001:db8::8]:80'));
});

test('an endpoint with a hop of its own is none of this node', (t) => {
  t.deepEqual(namedEndpoint(naming('10.1.0.6', 80), create(V4, AWAY)), unknown('10.1.0.6:80'));
});

test('a client without a header, or with one that says nothing, names none', (t) => {
  const pool = create(V4);
  t.deepEqual(namedEndpoint(headerlessClient(null, null), pool), unknown('none'));
  t.deepEqual(namedEndpoint(clientOf(headerOf(v2()), null, null), pool), unknown('none'));
});

test('the named endpoint is the only one to try, if it is still there', (t) => {
  const pool = create(V4, V6);
  const turn = new NamedInTurn(naming('10.1.0.5', 80), pool);
  t.is(turn.next(), V4);
  t.is(turn.next(), null);
  t.is(turn.empty, null);
  pool.replace(snapshotOf([V6]), EJECTION);
  t.is(new NamedInTurn(naming('10.1.0.5', 80), pool).next(), null);
  t.is(new NamedInTurn(naming('2001:db8::7', 80), pool).next(), V6);
});
