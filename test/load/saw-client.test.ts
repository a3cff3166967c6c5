import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { sawClient } from '../../src/load/saw-client.ts';

const client = { ip: parseIp('203.0.113.7')!, port: 51_234 };
const answer = (address: unknown, port: unknown) => JSON.stringify({ client: { address, port }, header: 2 });

test('the client itself is seen, in whatever way its address is written', (t) => {
  t.is(sawClient(answer('203.0.113.7', 51_234), client), 'right');
  t.is(sawClient(`${answer('::ffff:203.0.113.7', 51_234)}\n`, client), 'right');
  const mapped = { ip: parseIp('::ffff:203.0.113.7')!, port: 51_234 };
  t.is(sawClient(answer('203.0.113.7', 51_234), mapped), 'right');
});

test('another address, another port, and a client without either are wrong', (t) => {
  const wrong = [
    answer('203.0.113.8', 51_234),
    answer('203.0.113.7', 51_235),
    answer('203.0.113.7', '51234'),
    answer(null, 51_234),
    answer('nonsense', 51_234),
    '{"client":null}',
    '{"client":{"path":"/run/x"}}',
  ];
  for (const each of wrong) t.is(sawClient(each, client), 'wrong', each);
});

test('an answer that is not of herald echo tells nothing', (t) => {
  for (const each of ['null', '7', '"client"', '{}', '[]', '{"client":', '<p>400</p>', '']) {
    t.is(sawClient(each, client), 'unknown', each);
  }
});
