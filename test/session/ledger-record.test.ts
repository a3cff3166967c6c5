import test from 'ava';
import { type CloseReason, REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import type { Address } from '../../src/session/client.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';
import { headerOf, latin, SOURCE, v2 } from './headers.ts';
import { connect, create, FIRST, LOCAL, PEER, SECOND, UNIX } from './ledger-setup.ts';
import { createWorker } from './worker.ts';

test('a record tells the whole story of a session', (t) => {
  const { open, advance, records } = create();
  const before = Date.now();
  const session = open();
  advance(2);
  session.identified(headerOf(v2()));
  session.dialing(FIRST);
  advance(3);
  session.dialFailed('connect_refused');
  session.dialing(SECOND);
  advance(4);
  session.connected();
  session.sentToEndpoint(100);
  session.sentToClient(2000);
  advance(5);
  session.end('endpoint_reset', 'ECONNRESET', true, null);
  const after = Date.now();
  const [{ at, ...record }] = records() as [ReturnType<typeof records>[0]];
  t.deepEqual(record, {
    listener: 'edge',
    session: 'w0-1',
    client: '203.0.113.7:51234',
    via: '10.0.0.1:1111',
    endpoint: '127.0.0.1:8002',
    reason: 'endpoint_reset',
    detail: 'ECONNRESET',
    ms: 14,
    headerMs: 2,
    connectMs: 4,
    attempts: 2,
    bytesToEndpoint: 100,
    bytesToClient: 2000,
    header: 2,
    tlvs: [],
    firstBytes: null,
  });
  // The wall clock of the accept, 14 ms of the worker's clock before the end.
  t.true(before - 14 <= at && at <= after - 14);
});

test('a record of a client that reached no endpoint has null for everything that did not happen', (t) => {
  const { open, records } = create();
  open().end('probe', null, true, null);
  t.like(records()[0], {
    client: '10.0.0.1:1111',
    via: null,
    endpoint: null,
    detail: null,
    headerMs: null,
    connectMs: null,
    attempts: 0,
    header: 0,
  });
});

test('only endings that the access log wants leave a record, and every refusal does', (t) => {
  const left = (accessLog: 'none' | 'errors' | 'all', reason: CloseReason) => {
    const worker = createWorker();
    const rules = worker.rules({ ...listenerPlan(), accessLog });
    new Ledger(rules, PEER, LOCAL).end(reason, null, false, null);
    return worker.records().length;
  };
  for (const reason of REASON_NAMES) {
    const { refused, level } = reasonRow(reason);
    t.is(left('all', reason), 1, reason);
    t.is(left('errors', reason), level === 'debug' ? 0 : 1, reason);
    t.is(left('none', reason), refused ? 1 : 0, reason);
  }
});

test('a flood of refusals fills one batch, and the rest is counted', (t) => {
  const { open, records, dropped } = create();
  for (let call = 0; call < 1030; call++) open().end('untrusted', null, false, null);
  t.is(records().length, 1024);
  t.is(dropped.count, 6);
});

for (const kind of ['Uint8Array', 'Buffer'] as const) {
  test(`a record owns at most 64 first bytes of a refused client, copied from the ${kind} that they came in`, (t) => {
    const { open, records } = create();
    const chunk = (kind === 'Buffer' ? Buffer.alloc(60_000) : new Uint8Array(60_000)).fill(0x61);
    open().end('header_invalid', 'v1_port', true, chunk);
    open().end('header_invalid', 'v1_port', true, chunk.subarray(0, 3));
    chunk.fill(0xee);
    const [long, short] = records().map(({ firstBytes }) => firstBytes!);
    t.deepEqual([...long!], new Array(64).fill(0x61));
    t.deepEqual([...short!], [0x61, 0x61, 0x61]);
    t.true(long!.buffer.byteLength <= 64);
  });
}

test('first bytes are kept of refused clients only', (t) => {
  for (const reason of REASON_NAMES) {
    const { open, records } = create();
    open().end(reason, null, false, latin('secret'));
    t.is(records()[0]!.firstBytes === null, reasonRow(reason).refused !== true, reason);
  }
});

// ── ids ──

test('every session has its own id, and the logged one is the one in the header that is sent', (t) => {
  const { open, rules, records } = create({ presentation: { form: 'v2', uniqueId: true } });
  const sent = [open(), open()].map((session) => {
    session.identified(null);
    const header = headerOf(rules.scratch.slice(0, session.present(rules.scratch, 0)));
    session.end('client_closed', null, false, null);
    return Buffer.from(header.bytes.subarray(header.tlvAt + 3)).toString();
  });
  t.deepEqual(sent, ['w0-1', 'w0-2']);
  t.deepEqual(
    records().map(({ session }) => session),
    sent,
  );
});

function named(bytes: Uint8Array, peer: Address | null = PEER, parts: Parameters<typeof create>[0] = {}) {
  const { open, records } = create(parts);
  const session = open(peer);
  session.identified(headerOf(bytes));
  const info = session.info();
  session.end('client_closed', null, false, null);
  return { info, record: records()[0]! };
}

test('an id that came with the client is logged instead of our own', (t) => {
  const { info, record } = named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: 'edge-7' }] }));
  t.is(record.session, 'edge-7');
  t.is(info.session, 'edge-7');
});

test('an id that came with the client is escaped and stays one line', (t) => {
  const value = Uint8Array.of(0x61, 0x0d, 0x0a, 0x1b, 0x5b, 0x00, 0xff);
  t.is(named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value }] })).record.session, 'a\\x0d\\x0a\\x1b[\\x00\\xff');
  // 128 bytes that take four characters each are cut.
  const long = named(v2({ tlvs: [{ type: TLV.UNIQUE_ID, value: new Uint8Array(128) }] })).record.session;
  t.true(long.length <= 128 && long.endsWith('…'));
});

// ── via ──

test('a record names the peer only if it is not the client', (t) => {
  const viaOf = (bytes: Uint8Array, peer: Address | null = PEER) => {
    const { record, info } = named(bytes, peer, peer === null ? { listen: UNIX } : {});
    t.is(info.via, record.via);
    t.is(info.client, record.client);
    return [record.client, record.via];
  };
  const client = `${SOURCE.address}:${SOURCE.port}`;
  t.deepEqual(viaOf(v2()), [client, '10.0.0.1:1111']);
  t.deepEqual(viaOf(v2(), null), [client, 'unix']);
  t.deepEqual(viaOf(v2({ command: 'LOCAL' })), ['10.0.0.1:1111', null]);
  t.deepEqual(viaOf(v2({ command: 'LOCAL' }), null), ['unix', null]);
  t.deepEqual(viaOf(latin('PROXY UNKNOWN\r\n')), ['10.0.0.1:1111', null]);
});

test('a peer that announces its own address and port is the client', (t) => {
  const self = (port: number) => v2({ source: { address: '10.0.0.1', port } });
  t.like(named(self(1111)), { record: { client: '10.0.0.1:1111', via: null }, info: { via: null } });
  t.like(named(self(1112)), { record: { client: '10.0.0.1:1112', via: '10.0.0.1:1111' } });
});

test('a client of IPv6 is shown in brackets', (t) => {
  const source = { address: '2001:db8::7', port: 9 };
  t.is(named(v2({ source, destination: { address: '::1', port: 1 } })).record.client, '[2001:db8::7]:9');
});

// ── TLVs ──

const TLVS = v2({
  tlvs: [
    { type: TLV.AUTHORITY, value: 'a\r\nb' },
    { type: 0x05, value: 'id' },
    { type: TLV.AWS_VPC_ENDPOINT, value: '\x01vpce-1' },
    { type: 0xe4, value: Uint8Array.of(0x78, 0xff) },
    { type: TLV.AUTHORITY, value: 'again' },
  ],
});

test('a TLV that was not asked for is in no record', (t) => {
  t.deepEqual(named(TLVS).record.tlvs, []);
  t.deepEqual(named(TLVS, PEER, { logTlvs: [0xe5] }).record.tlvs, []);
});

test('TLVs that were asked for are in the record by name or type, escaped, in their order', (t) => {
  const logTlvs = [0xe4, TLV.AWS_VPC_ENDPOINT, TLV.AUTHORITY];
  t.deepEqual(named(TLVS, PEER, { logTlvs }).record.tlvs, [
    { name: 'AUTHORITY', text: 'a\\x0d\\x0ab' },
    { name: 'AWS_VPC_ENDPOINT', text: 'vpce-1' },
    { name: '0xe4', text: 'x\\xff' },
    { name: 'AUTHORITY', text: 'again' },
  ]);
});

test('a type below 0x10 is written with two digits', (t) => {
  const bytes = v2({ tlvs: [{ type: 0x0a, value: 'x' }] });
  t.deepEqual(named(bytes, PEER, { logTlvs: [0x0a] }).record.tlvs, [{ name: '0x0a', text: 'x' }]);
});

test('a client without TLVs has none in its record', (t) => {
  t.deepEqual(named(v2(), PEER, { logTlvs: [TLV.AUTHORITY] }).record.tlvs, []);
});

// ── what an operator sees ──

test('an open session is shown with its current state, in whole milliseconds', (t) => {
  const { open, advance } = create();
  const session = open();
  connect(session, SECOND);
  session.sentToEndpoint(10);
  advance(0.4);
  session.sentToClient(20);
  advance(7.6);
  t.deepEqual(session.info(), {
    listener: 'edge',
    session: 'w0-1',
    phase: 'relay',
    client: '10.0.0.1:1111',
    via: null,
    endpoint: '127.0.0.1:8002',
    ageMs: 8,
    idleMs: 8,
    bytesToEndpoint: 10,
    bytesToClient: 20,
  });
});

test('a TCP client that closed before its address was read has no address, and is not shown as unix', (t) => {
  const { info, record } = named(v2({ command: 'LOCAL' }), null);
  t.deepEqual([info.client, record.client], [null, null]);
});

test('a session that has not dialed yet is shown without an endpoint', (t) => {
  const { open } = create({ listen: UNIX });
  t.like(open(null, null).info(), { phase: 'header', client: 'unix', via: null, endpoint: null });
});
