import { readFileSync } from 'node:fs';
import test from 'ava';
import { recordFields } from '../../src/observe/access-log.ts';
import { createRefusals } from '../../src/observe/refusals.ts';
import type { LogClients } from '../../src/observe/show-client.ts';
import type { SessionRecord } from '../../src/plan/observer.ts';
import { sessionRecord } from './session-record.ts';

/** The detail of a record in the log; that of the list of refusals has to be the same. */
function detail(parts: Partial<SessionRecord>, clients: LogClients = 'full') {
  const record = sessionRecord({ endpoint: null, ...parts });
  const { detail: logged } = recordFields(record, clients);
  const refusals = createRefusals(clients);
  refusals.add([record]);
  return [logged ?? null, refusals.list()[0]?.detail];
}

const both = (text: string | null) => [text, text];

for (const [client, entry] of [
  ['10.0.0.7:51234', '10.0.0.7/32'],
  ['[2001:db8::7]:51234', '2001:db8::7/128'],
  ['[::ffff:10.0.0.7]:51234', '10.0.0.7/32'],
  ['unix', 'unix'],
  ['unix:/run/herald.sock', 'unix'],
] as const) {
  test(`a peer ${client} that is not trusted is told with what accepts it`, (t) => {
    t.deepEqual(detail({ reason: 'untrusted', client }), both(`to accept it: --trust ${entry}`));
  });
}

test('where addresses are not shown in full the hint has none, and names no range that holds others', (t) => {
  for (const clients of ['prefix', 'none'] as const) {
    const found = detail({ reason: 'untrusted', client: '10.0.0.7:51234' }, clients);
    t.deepEqual(found, both('to accept it: its address in --trust'));
    t.deepEqual(detail({ reason: 'untrusted', client: 'unix' }, clients), both('to accept it: --trust unix'));
  }
  t.deepEqual(detail({ reason: 'untrusted', client: null }), both(null));
});

test('a header that is late without a single byte is told with why a balancer may be silent', (t) => {
  const [logged, listed] = detail({ reason: 'header_timeout', firstBytes: new Uint8Array(0) });
  t.regex(String(logged), /^no byte came; an AWS NLB .*header_placement=on_first_ack/);
  t.is(listed, logged);
});

test('one that has begun is not, and a detail of its own stays', (t) => {
  t.deepEqual(detail({ reason: 'header_timeout', firstBytes: Uint8Array.of(0x0d) }), both(null));
  t.deepEqual(detail({ reason: 'header_timeout', firstBytes: null }), both(null));
  t.deepEqual(detail({ reason: 'untrusted', detail: 'mine' }), both('mine'));
  t.deepEqual(detail({ reason: 'header_invalid', detail: 'v2_crc32c' }), both('v2_crc32c'));
});

test('what the hint names stands where it says, and beside the manifests of that balancer', (t) => {
  const attribute = /proxy_protocol_v2\.client_to_server\.header_placement(?:=|,Value=)on_first_ack/;
  for (const file of ['docs/recipes.md', 'k8s/README.md', 'k8s/overlays/aws-nlb/service.yaml']) {
    t.regex(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'), attribute, file);
  }
});
