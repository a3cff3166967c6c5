import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { AdmissionPlan } from '../../src/plan/plan.ts';
import { type Admission, admit } from '../../src/session/admission.ts';
import { cidrs, listenerPlan } from '../helpers/engine-harness.ts';

function plan(parts: Partial<AdmissionPlan>): AdmissionPlan {
  return listenerPlan({ admission: { acceptProxy: 'any', ...parts } }).admission;
}

const ip = (text: string | null) => (text === null ? null : parseIp(text)!);

const PEERS = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', null] as const;

/** A list that holds the peer, whichever it is. */
function listed(peer: string | null): Pick<AdmissionPlan, 'trust' | 'trustUnix'> {
  return { trust: cidrs(...(peer === null ? [] : [peer])), trustUnix: peer === null };
}

function asHeaderless({ trust, trustUnix }: ReturnType<typeof listed>) {
  return { headerless: trust, headerlessUnix: trustUnix };
}

for (const peer of PEERS) {
  const name = peer ?? 'a peer of a unix socket';

  test(`${name} in both lists, one list or none gets what the table says`, (t) => {
    const rows: [parts: Partial<AdmissionPlan>, admission: Admission][] = [];
    for (const proxyHeader of ['required', 'optional'] as const) {
      rows.push(
        [{ proxyHeader }, 'untrusted'],
        [{ proxyHeader, ...listed(peer) }, proxyHeader],
        [{ proxyHeader, ...asHeaderless(listed(peer)) }, 'headerless'],
        [{ proxyHeader, ...listed(peer), ...asHeaderless(listed(peer)) }, proxyHeader],
      );
    }
    t.is(rows.length, 8);
    for (const acceptProxy of ['v1', 'v2', 'any'] as const) {
      for (const [parts, admission] of rows)
        t.is(admit(plan({ acceptProxy, ...parts }), ip(peer)), admission);
      // Without headers there is nothing to trust anybody with.
      for (const [parts] of rows)
        t.is(admit(plan({ acceptProxy: 'none', ...parts }), ip(peer)), 'headerless');
    }
  });
}

test('a v4-mapped peer is the IPv4 client, in either list', (t) => {
  const mapped = parseIp('::ffff:192.0.2.1')!;
  t.is(mapped.length, 16);
  t.is(admit(plan({ trust: cidrs('192.0.2.0/24') }), mapped), 'required');
  t.is(admit(plan({ headerless: cidrs('192.0.2.0/24') }), mapped), 'headerless');
  t.is(admit(plan({ trust: cidrs('::/0'), headerless: cidrs('::/0') }), mapped), 'untrusted');
});

test('trust is by range: the first and the last address are in, their neighbours are not', (t) => {
  const trusting = plan({ trust: cidrs('192.0.2.0/25'), proxyHeader: 'optional' });
  t.deepEqual(
    ['192.0.1.255', '192.0.2.0', '192.0.2.127', '192.0.2.128'].map((peer) => admit(trusting, ip(peer))),
    ['untrusted', 'optional', 'optional', 'untrusted'],
  );
});

test('lists of addresses say nothing of unix sockets, and `unix` nothing of addresses', (t) => {
  const everyone = cidrs('0.0.0.0/0', '::/0');
  t.is(admit(plan({ trust: everyone, headerless: everyone }), null), 'untrusted');
  t.is(admit(plan({ trustUnix: true, headerlessUnix: true }), parseIp('192.0.2.1')!), 'untrusted');
});

test('a trusted peer is trusted though a wider headerless range holds it too', (t) => {
  const both = plan({ trust: cidrs('10.0.1.0/24'), headerless: cidrs('10.0.0.0/8') });
  t.is(admit(both, ip('10.0.1.9')), 'required');
  t.is(admit(both, ip('10.0.2.9')), 'headerless');
});
