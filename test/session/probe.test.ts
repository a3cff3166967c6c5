import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { type CloseReason, REASON_NAMES } from '../../src/plan/close-reason.ts';
import type { Address } from '../../src/session/client.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';
import { headerOf, v1, v2 } from './headers.ts';
import { createWorker } from './worker.ts';

const PEER: Address = { ip: parseIp('10.0.0.1')!, port: 1111 };
const LOCAL: Address = { ip: parseIp('10.0.0.2')!, port: 2222 };
const OWN_LINE = v1({ address: '10.0.0.1', port: 1111 }, { address: '10.0.0.2', port: 2222 });
const OTHER_PORT = v1({ address: '10.0.0.1', port: 1112 }, { address: '10.0.0.2', port: 2222 });

const COME_BY = { nothing: null, 'a client': v1(), LOCAL: v2({ command: 'LOCAL' }), 'its own': OWN_LINE };
type By = keyof typeof COME_BY | 'its own address';

function ending(by: By, reason: CloseReason, bytes: number, held = 0): CloseReason {
  const session = new Ledger(createWorker().rules(listenerPlan()), PEER, LOCAL);
  const header = by === 'its own address' ? OTHER_PORT : COME_BY[by];
  session.identified(header === null ? null : headerOf(header));
  if (bytes > 0) session.sentToClient(bytes);
  return session.endingOf(reason, held);
}

for (const by of ['nothing', 'a client', 'LOCAL', 'its own'] as const) {
  test(`with a header of ${by}: a client that ends or resets without a byte was a probe`, (t) => {
    t.is(ending(by, 'client_closed', 0), 'probe');
    t.is(ending(by, 'client_reset', 0), 'probe');
  });

  test(`with a header of ${by}: a client that ends regularly after bytes was no probe`, (t) => {
    t.is(ending(by, 'client_closed', 1), 'client_closed');
  });
}

test('a proxy that resets its own connection was a probe, whatever bytes have moved', (t) => {
  for (const by of ['LOCAL', 'its own'] as const) {
    t.is(ending(by, 'client_reset', 100), 'probe');
    t.is(ending(by, 'client_gone', 0), 'probe');
  }
});

test('a client that resets after bytes, even bytes that were not passed on, is no probe', (t) => {
  for (const by of ['nothing', 'a client', 'its own address'] as const) {
    t.is(ending(by, 'client_reset', 1), 'client_reset');
    t.is(ending(by, 'client_reset', 0, 1), 'client_reset');
    t.is(ending(by, 'client_gone', 0), 'client_gone');
  }
});

test('no other ending is a probe', (t) => {
  const may = ['client_closed', 'client_reset', 'client_gone', 'probe'];
  for (const reason of REASON_NAMES.filter((each) => !may.includes(each))) {
    t.is(ending('LOCAL', reason, 0), reason);
  }
});

test('on a unix socket, which has no address, only LOCAL is a connection of the peer itself', (t) => {
  const session = new Ledger(createWorker().rules(listenerPlan()), null, null);
  session.identified(headerOf(OWN_LINE));
  session.sentToClient(1);
  t.is(session.endingOf('client_reset'), 'client_reset');
});
