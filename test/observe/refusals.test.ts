import test from 'ava';
import { createRefusals } from '../../src/observe/refusals.ts';
import { REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import { sessionRecord } from './session-record.ts';

const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

test('a refusal tells when, who, where, why, and what came', (t) => {
  const refusals = createRefusals('full');
  refusals.add([
    sessionRecord({
      reason: 'header_invalid',
      detail: 'v1_port',
      client: '192.0.2.9:1',
      firstBytes: latin('PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\r\n'),
    }),
  ]);
  t.deepEqual(refusals.list(), [
    {
      at: '2026-01-02T03:04:05.678Z',
      peer: '192.0.2.9:1',
      listener: 'edge',
      reason: 'header_invalid',
      detail: 'v1_port',
      firstBytes: {
        text: 'PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\\x0d\\x0a',
        hex: Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\r\n').toString('hex'),
      },
      decoded: 'invalid: v1_port at byte 31',
    },
  ]);
});

test('only reasons that the table calls refused are kept', (t) => {
  const refusals = createRefusals('full');
  refusals.add(REASON_NAMES.map((reason) => sessionRecord({ reason })));
  const expected = REASON_NAMES.filter((reason) => reasonRow(reason).refused);
  t.true(expected.length >= 10);
  t.deepEqual(
    refusals.list().map(({ reason }) => reason),
    expected,
  );
});

test('the last 256 are kept, oldest first', (t) => {
  const refusals = createRefusals('full');
  const records = Array.from({ length: 300 }, (_, i) =>
    sessionRecord({ reason: 'untrusted', detail: String(i) }),
  );
  refusals.add(records.slice(0, 10));
  t.deepEqual(
    refusals.list().map(({ detail }) => detail),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  );
  refusals.add(records.slice(10));
  const details = refusals.list().map(({ detail }) => Number(detail));
  t.deepEqual(
    details,
    Array.from({ length: 256 }, (_, i) => 44 + i),
  );
});

test('the peer is who connected, not who a header claims to announce', (t) => {
  const refusals = createRefusals('full');
  refusals.add([sessionRecord({ reason: 'over_client_limit', client: '1.2.3.4:5', via: '10.0.0.1:9' })]);
  t.is(refusals.list()[0]?.peer, '10.0.0.1:9');
});

test('without first bytes there is nothing to decode', (t) => {
  const refusals = createRefusals('full');
  refusals.add([
    sessionRecord({ reason: 'untrusted' }),
    sessionRecord({ reason: 'header_timeout', firstBytes: new Uint8Array(0) }),
  ]);
  for (const { firstBytes, decoded } of refusals.list()) {
    t.is(firstBytes, null);
    t.is(decoded, null);
  }
});

test('64 bytes are shown whole and escaped, whatever they are', (t) => {
  const refusals = createRefusals('full');
  refusals.add([sessionRecord({ reason: 'header_absent', firstBytes: new Uint8Array(64) })]);
  const [refusal] = refusals.list();
  t.is(refusal?.firstBytes?.text, '\\x00'.repeat(64));
  t.is(refusal?.firstBytes?.hex, '00'.repeat(64));
});

for (const [clients, peer, decoded] of [
  ['prefix', '192.0.2.0/24', 'v1 PROXY INET STREAM 203.0.113.0/24 -> 5.6.7.8:2, 40 bytes'],
  ['none', null, 'v1 PROXY INET STREAM, 40 bytes'],
] as const) {
  test(`with --log-clients ${clients} no client's address is to be found in a refusal`, (t) => {
    const refusals = createRefusals(clients);
    refusals.add([
      sessionRecord({
        reason: 'header_not_expected',
        client: '192.0.2.9:1',
        firstBytes: latin('PROXY TCP4 203.0.113.77 5.6.7.8 4711 2\r\n'),
      }),
    ]);
    const [refusal] = refusals.list();
    t.is(refusal?.peer, peer);
    t.is(refusal?.firstBytes, null);
    t.is(refusal?.decoded, decoded);
    t.notRegex(JSON.stringify(refusal), /203\.0\.113\.77|192\.0\.2\.9|4711/);
  });
}
