import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { AdmissionPlan } from '../../src/plan/plan.ts';
import { type Admission, admit } from '../../src/session/admission.ts';
import { cidrs, listenerPlan } from '../helpers/engine-harness.ts';

function plan(parts: Partial<AdmissionPlan>): AdmissionPlan {
  return listenerPlan({ admission: { expect: 'any', ...parts } }).admission;
}

const ip = (text: string | null) => (text === null ? null : parseIp(text)!);

const PEERS = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', null] as const;

/** A list that holds the peer, whichever it is. */
function listed(peer: string | null): Pick<AdmissionPlan, 'trust' | 'trustUnix'> {
  return { trust: cidrs(...(peer === null ? [] : [peer])), trustUnix: peer === null };
}

function asPlain({ trust, trustUnix }: ReturnType<typeof listed>) {
  return { plain: trust, plainUnix: trustUnix };
}

for (const peer of PEERS) {
  const name = peer ?? 'a peer of a unix socket';

  test(`${name} in both lists, one list or none gets what the table says`, (t) => {
    const rows: [parts: Partial<AdmissionPlan>, admission: Admission][] = [];
    for (const header of ['required', 'optional'] as const) {
      rows.push(
        [{ header }, 'untrusted'],
        [{ header, ...listed(peer) }, header],
        [{ header, ...asPlain(listed(peer)) }, 'plain'],
        [{ header, ...listed(peer), ...asPlain(listed(peer)) }, header],
      );
    }
    t.is(rows.length, 8);
    for (const expect of ['v1', 'v2', 'any'] as const) {
      for (const [parts, admission] of rows) t.is(admit(plan({ expect, ...parts }), ip(peer)), admission);
      // Without headers there is nothing to trust anybody with.
      for (const [parts] of rows) t.is(admit(plan({ expect: 'none', ...parts }), ip(peer)), 'plain');
    }
  });
}

test('a v4-mapped peer is the IPv4 client that it is, in either list', (t) => {
  const mapped = parseIp('::ffff:192.0.2.1')!;
  t.is(mapped.length, 16);
  t.is(admit(plan({ trust: cidrs('192.0.2.0/24') }), mapped), 'required');
  t.is(admit(plan({ plain: cidrs('192.0.2.0/24') }), mapped), 'plain');
  t.is(admit(plan({ trust: cidrs('::/0'), plain: cidrs('::/0') }), mapped), 'untrusted');
});

test('trust is by range: the first and the last address are in, their neighbours are not', (t) => {
  const trusting = plan({ trust: cidrs('192.0.2.0/25'), header: 'optional' });
  t.deepEqual(
    ['192.0.1.255', '192.0.2.0', '192.0.2.127', '192.0.2.128'].map((peer) => admit(trusting, ip(peer))),
    ['untrusted', 'optional', 'optional', 'untrusted'],
  );
});

test('lists of addresses say nothing of unix sockets, and `unix` nothing of addresses', (t) => {
  const everyone = cidrs('0.0.0.0/0', '::/0');
  t.is(admit(plan({ trust: everyone, plain: everyone }), null), 'untrusted');
  t.is(admit(plan({ trustUnix: true, plainUnix: true }), parseIp('192.0.2.1')!), 'untrusted');
});

test('a trusted peer is trusted though a wider plain range holds it too', (t) => {
  const both = plan({ trust: cidrs('10.0.1.0/24'), plain: cidrs('10.0.0.0/8') });
  t.is(admit(both, ip('10.0.1.9')), 'required');
  t.is(admit(both, ip('10.0.2.9')), 'plain');
});
