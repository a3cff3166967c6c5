import test from 'ava';
import { formatIp } from '../../src/address/ip.ts';
import { readEcho } from '../../src/transparent/read-echo.ts';

const ANSWER = JSON.stringify({ client: null, peer: { address: '203.0.113.201', port: 40_000 }, header: 0 });

const read = (text: string) => {
  const seen = readEcho(text);
  return seen === null ? null : `${formatIp(seen.ip)} ${seen.port}`;
};

test('the peer is read from the answer of an echo, in HTTP and as a first line', (t) => {
  t.is(read(`${ANSWER}\n`), '203.0.113.201 40000');
  t.is(read(`${ANSWER}\nGET / HTTP/1.1\r\n`), '203.0.113.201 40000');
  t.is(read(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${ANSWER}\n`), '203.0.113.201 40000');
  t.is(read(`HTTP/1.1 200 OK\r\n\r\n1a\r\n${ANSWER}\n\r\n0\r\n\r\n`), '203.0.113.201 40000');
});

test('the peer may have an address of IPv6, and a v4-mapped one is IPv4', (t) => {
  t.is(read('{"peer":{"address":"2001:db8::1","port":1}}'), '2001:db8::1 1');
  t.is(read('{"peer":{"address":"::ffff:192.0.2.1","port":1}}'), '192.0.2.1 1');
});

test('whatever else answers is no echo, and no exception', (t) => {
  for (const text of [
    '',
    'HTTP/1.1 404 Not Found\r\n\r\n',
    ANSWER.slice(0, -1),
    '{}',
    '{"peer":null}',
    '{"peer":7}',
    '{"peer":{"address":7,"port":1}}',
    '{"peer":{"address":"web","port":1}}',
    '{"peer":{"address":"192.0.2.1","port":"1"}}',
    '{{{{',
    `x${ANSWER}`,
  ]) {
    t.is(readEcho(text), null, text);
  }
});
