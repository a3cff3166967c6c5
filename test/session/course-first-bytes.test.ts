import test from 'ava';
import { GUARDED, OPTIONAL, open, relaying, TRUSTED } from './course-setup.ts';
import { latin, v1 } from './headers.ts';

test('a header in pieces makes the client known, and the bytes after it are carried', (t) => {
  const { course, carrier, ledger } = open(TRUSTED);
  t.deepEqual([course.phase, course.readsFirst, carrier.take()], ['header', true, []]);
  const bytes = Buffer.concat([v1(), latin('GET')]);
  course.read(bytes.subarray(0, 9));
  t.deepEqual(carrier.take(), []);
  course.read(bytes.subarray(9));
  t.deepEqual(carrier.take(), ['carry GET', 'placed', 'dial 192.0.2.1:8001']);
  t.false(course.readsFirst);
  t.is(ledger.client.source?.port, 51_234);
});

test('a client that sends no header is refused, and its bytes are in the record', (t) => {
  const { course, carrier, records } = open(TRUSTED);
  course.read(latin('GET / HTTP'));
  t.deepEqual(carrier.take(), ['reset']);
  const [record] = records();
  t.like(record, { reason: 'header_absent', attempts: 0 });
  t.deepEqual(record?.firstBytes, latin('GET / HTTP'));
});

test('the record has the bytes of a refused client also if its connection is closed later, and its buffer used again', (t) => {
  const { course, carrier, records } = open(TRUSTED);
  carrier.closesAtOnce = false;
  const chunk = latin(`GET /${'a'.repeat(100)}`);
  course.read(chunk);
  chunk.fill(0);
  course.closed();
  t.deepEqual(records()[0]?.firstBytes, latin(`GET /${'a'.repeat(59)}`));
});

test('a client that has not sent its header by the deadline is refused', (t) => {
  const { pass, ending } = open(TRUSTED);
  pass(4999);
  t.deepEqual(ending(), []);
  pass(1);
  t.deepEqual(ending(), [['header_timeout', null]]);
});

for (const [bytes, reason] of [
  ['', 'probe'],
  ['PROXY ', 'header_reset'],
] as const) {
  test(`a client that resets in its header after "${bytes}" ends by ${reason}`, (t) => {
    const { course, ending } = open(TRUSTED);
    if (bytes !== '') course.read(latin(bytes));
    course.clientBroke('ECONNRESET', false);
    t.deepEqual(ending(), [[reason, 'ECONNRESET']]);
  });
}

for (const [bytes, reason] of [
  ['', 'probe'],
  ['PROXY ', 'header_incomplete'],
] as const) {
  test(`a client that ends its stream in its header after "${bytes}" ends by ${reason}`, (t) => {
    const { course, ending } = open(TRUSTED);
    if (bytes !== '') course.read(latin(bytes));
    course.ended('client');
    t.deepEqual(ending(), [[reason, null]]);
  });
}

test('silence where a header is optional is a headerless client, which is guarded from then on', (t) => {
  const { course, carrier, pass, ending } = open(OPTIONAL);
  pass(5000);
  t.deepEqual(carrier.take(), ['keepalive', 'carry …', 'placed', 'dial 192.0.2.1:8001']);
  t.true(course.readsFirst);
  course.read(latin('PROXY'));
  t.deepEqual(ending(), [['plain_header', null]]);
});

test('for a guarded client an endpoint is dialed at once, and its bytes are passed on once they cannot be a header', (t) => {
  const { course, carrier } = open(GUARDED);
  t.deepEqual(carrier.take(), ['placed', 'dial 192.0.2.1:8001']);
  course.read(latin('PRO'));
  t.deepEqual(carrier.take(), []);
  course.read(latin('TO'));
  t.deepEqual(carrier.take(), ['carry PROTO']);
  t.false(course.readsFirst);
});

test('held bytes of a guarded client are passed on after a second, and later ones are still judged', (t) => {
  const { course, carrier, pass } = relaying(GUARDED);
  course.read(latin('PR'));
  pass(999);
  t.deepEqual(carrier.take(), []);
  pass(1);
  t.deepEqual(carrier.take(), ['keepalive', 'carry PR…']);
  course.read(latin('O'));
  t.deepEqual(carrier.take(), ['carry O…']);
  course.read(latin('!'));
  t.deepEqual(carrier.take(), ['carry !']);
});

for (const how of ['ends', 'breaks'] as const) {
  test(`what is held of a guarded client is the endpoint's when the client ${how}`, (t) => {
    const { course, carrier } = relaying(GUARDED);
    course.read(latin('PR'));
    if (how === 'ends') course.ended('client');
    else course.clientBroke('ECONNRESET', false);
    t.deepEqual(carrier.take(), how === 'ends' ? ['carry PR'] : ['carry PR', 'part from client']);
  });
}

test('if the endpoint breaks over what was held, that is the reason', (t) => {
  const { course, carrier, ending } = relaying(GUARDED);
  course.read(latin('PR'));
  carrier.carry = () => course.broke('endpoint', 'EPIPE', true);
  course.clientBroke('ECONNRESET', false);
  t.deepEqual(carrier.take(), ['part from endpoint']);
  course.closed();
  t.deepEqual(ending(), [['endpoint_reset', 'EPIPE']]);
});
