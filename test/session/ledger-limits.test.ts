import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { headerOf, v2 } from './headers.ts';
import { create, LIMITED, OVER, PEER } from './ledger-setup.ts';

test('a client has no more sessions than its limit, and may come again when one has ended', (t) => {
  const { open } = create(LIMITED);
  const [one, two, three] = [open(), open(), open()];
  t.deepEqual([one.identified(null), two.identified(null)], [null, OVER]);
  // The one that was refused held nothing, so its end gives nothing back.
  two.end('over_client_limit', null, true, null);
  t.deepEqual(three.identified(null), OVER);
  one.end('client_closed', null, true, null);
  t.is(open().identified(null), null);
});

test('a session that was refused may ask for its place again, and then holds it to its end', (t) => {
  const { open } = create(LIMITED);
  const [one, two] = [open(), open()];
  t.deepEqual([one.identified(null), two.identified(null), two.place()], [null, OVER, OVER]);
  one.end('client_closed', null, true, null);
  t.is(two.place(), null);
  t.deepEqual(open().identified(null), OVER);
  two.end('client_closed', null, true, null);
  t.is(open().identified(null), null);
});

test('a client is a /64 of IPv6 unless its listener says otherwise, and a single address of IPv4', (t) => {
  const from = (address: string) => ({ ip: parseIp(address)!, port: 1 });
  const { open } = create(LIMITED);
  t.is(open(from('2001:db8::1')).identified(null), null);
  t.deepEqual(open(from('2001:db8::2:3:4:5')).identified(null), OVER);
  t.is(open(from('2001:db8:0:1::1')).identified(null), null);
  t.is(open(from('192.0.2.1')).identified(null), null);
  t.is(open(from('192.0.2.2')).identified(null), null);
  const wide = create({ limits: { maxSessionsPerClient: 1, clientPrefix: { v4: 24, v6: 128 } } });
  t.is(wide.open(from('2001:db8::1')).identified(null), null);
  t.is(wide.open(from('2001:db8::2')).identified(null), null);
  t.is(wide.open(from('192.0.2.1')).identified(null), null);
  t.deepEqual(wide.open(from('192.0.2.2')).identified(null), OVER);
});

test('a client that cannot be counted is refused with a detail of its own', (t) => {
  const { open } = create({ ...LIMITED, clients: 1 });
  const refusals = Array.from({ length: 8 }, (_, index) =>
    open({ ip: Uint8Array.of(192, 0, 2, index), port: 1 }).identified(null),
  );
  t.deepEqual(refusals, [
    ...Array.from({ length: 7 }, () => null),
    { reason: 'over_client_limit', detail: 'table_full' },
  ]);
});

test('the limit counts the client that the header names, not the proxy', (t) => {
  const { open } = create(LIMITED);
  const header = (address: string) => headerOf(v2({ source: { address, port: 1 } }));
  t.is(open().identified(header('203.0.113.1')), null);
  t.is(open().identified(header('203.0.113.2')), null);
  t.deepEqual(open().identified(header('203.0.113.1')), OVER);
  t.deepEqual(open(null, null).identified(header('203.0.113.2')), OVER);
});

test('clients with the same address and different ports are the same client', (t) => {
  const { open } = create(LIMITED);
  t.is(open({ ...PEER, port: 1 }).identified(null), null);
  t.deepEqual(open({ ...PEER, port: 2 }).identified(null), OVER);
});

test('LOCAL is the proxy itself, and a unix socket has no address: neither is limited', (t) => {
  const { open } = create(LIMITED);
  const local = headerOf(v2({ command: 'LOCAL' }));
  for (let call = 0; call < 5; call++) {
    t.is(open().identified(local), null);
    t.is(open(null, null).identified(null), null);
  }
});

test('without a limit a client may have any number of sessions', (t) => {
  const { open } = create({ limits: { maxSessionsPerClient: 0 } });
  for (let call = 0; call < 5; call++) t.is(open().identified(null), null);
});
