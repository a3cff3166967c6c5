import test from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import type { ChainFields } from '../../../src/engine/http/chain-fields.ts';
import { ClientFields } from '../../../src/engine/http/client-fields.ts';
import type { PresentationPlan } from '../../../src/plan/plan.ts';
import { type Client, clientOf, headerlessClient } from '../../../src/session/client.ts';
import { formatHeader } from '../../../src/wire/format-header.ts';
import { parseHeader } from '../../../src/wire/parse-header.ts';
import { cidrs, listenerPlan } from '../../helpers/engine-harness.ts';

const NOTHING: ChainFields = { xForwardedFor: [], forwarded: [], port: [], proto: [], host: [] };
const address = (ip: string, port: number) => ({ ip: parseIp(ip)!, port });

function plan(...trusted: string[]): PresentationPlan {
  const presentation = { form: 'forwarded', forwardedTrust: cidrs(...trusted) } as const;
  return listenerPlan({ presentation }).presentation;
}

function fields(client: Client, chain: Partial<ChainFields> | null, ...trusted: string[]) {
  const flat = new ClientFields(client, plan(...trusted)).of(chain && { ...NOTHING, ...chain });
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!]),
  );
}

test('an IPv4 client is quoted with its port in Forwarded, and without port in X-Forwarded-For', (t) => {
  t.deepEqual(fields(headerlessClient(address('192.0.2.1', 5000), address('192.0.2.9', 80)), null), {
    'X-Forwarded-For': '192.0.2.1',
    'X-Forwarded-Proto': 'http',
    Forwarded: 'for="192.0.2.1:5000";proto=http',
    'X-Forwarded-Port': '80',
  });
});

test('an IPv6 client is in brackets as well (RFC 7239 §6)', (t) => {
  const seen = fields(headerlessClient(address('2001:db8::1', 5000), address('2001:db8::9', 443)), null);
  t.is(seen.Forwarded, 'for="[2001:db8::1]:5000";proto=http');
  t.is(seen['X-Forwarded-For'], '2001:db8::1');
});

test('a client of a unix socket is unknown, and has no port (RFC 7239 §6.2)', (t) => {
  t.deepEqual(fields(headerlessClient(null, null), null), {
    'X-Forwarded-For': 'unknown',
    'X-Forwarded-Proto': 'http',
    Forwarded: 'for=unknown;proto=http',
  });
});

test('a header that tells of TLS says https (§2.2.6)', (t) => {
  for (const [client, proto] of [
    [1, 'https'],
    [0, 'http'],
  ] as const) {
    const bytes = formatHeader({
      version: 2,
      command: 'PROXY',
      source: { address: '192.0.2.1', port: 5000 },
      destination: { address: '192.0.2.9', port: 443 },
      tlvs: [{ type: 0x20, value: Uint8Array.of(client, 0, 0, 0, 0) }],
    });
    const parsed = parseHeader(bytes);
    if (parsed.status !== 'header') throw new Error(parsed.status);
    const seen = fields(clientOf(parsed.header, null, null), null);
    t.is(seen['X-Forwarded-Proto'], proto);
    t.is(seen.Forwarded, `for="192.0.2.1:5000";proto=${proto}`);
  }
});

const CLIENT = headerlessClient(address('192.0.2.1', 5000), address('192.0.2.9', 80));

test('a chain is kept only if the client that sent it is trusted', (t) => {
  const chain = { xForwardedFor: ['203.0.113.1, 203.0.113.2', '203.0.113.3'] };
  t.is(
    fields(CLIENT, chain, '192.0.2.0/24')['X-Forwarded-For'],
    '203.0.113.1, 203.0.113.2, 203.0.113.3, 192.0.2.1',
  );
  t.is(fields(CLIENT, chain)['X-Forwarded-For'], '192.0.2.1');
  t.is(fields(CLIENT, chain, '2001:db8::/32')['X-Forwarded-For'], '192.0.2.1');
});

test('scheme, host and port of a chain stay as it says', (t) => {
  const seen = fields(CLIENT, { port: ['443', '80'], proto: ['https'] }, '192.0.2.1');
  t.is(seen['X-Forwarded-Port'], '443');
  t.is(seen['X-Forwarded-Proto'], 'https');
  t.is(seen.Forwarded, 'for="192.0.2.1:5000";proto=https');
});

const OWN = 'for="192.0.2.1:5000"';

/** A chain, what is said of how its first one was reached, and the elements of `Forwarded`. */
const REACHED: readonly (readonly [
  title: string,
  chain: Partial<ChainFields>,
  fields: object,
  forwarded: string,
])[] = [
  [
    'a scheme in one form is in both',
    { xForwardedFor: ['203.0.113.1'], proto: ['https'] },
    { 'X-Forwarded-Proto': 'https' },
    `for=203.0.113.1;proto=https, ${OWN}`,
  ],
  [
    'scheme, host and port of X-Forwarded fields are in Forwarded too',
    { xForwardedFor: ['203.0.113.1, 10.0.0.1'], proto: ['HTTPS'], host: ['a.example'], port: ['8443'] },
    { 'X-Forwarded-Proto': 'HTTPS', 'X-Forwarded-Host': 'a.example', 'X-Forwarded-Port': '8443' },
    `for=203.0.113.1;proto=https;host="a.example:8443", for=10.0.0.1, ${OWN}`,
  ],
  [
    'the default port of the scheme is not added to the host',
    { xForwardedFor: ['203.0.113.1'], proto: ['https'], host: ['a.example'], port: ['443'] },
    { 'X-Forwarded-Port': '443' },
    `for=203.0.113.1;proto=https;host=a.example, ${OWN}`,
  ],
  [
    'scheme, host and port of Forwarded are in X-Forwarded fields too',
    { forwarded: ['for=203.0.113.1;proto=https;host="a.example:8443", for=10.0.0.1'] },
    {
      'X-Forwarded-For': '203.0.113.1, 10.0.0.1, 192.0.2.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'a.example:8443',
      'X-Forwarded-Port': '8443',
    },
    `for=203.0.113.1;proto=https;host="a.example:8443", for=10.0.0.1, ${OWN}`,
  ],
  [
    'a fact that neither form has is not invented',
    { forwarded: ['for=203.0.113.1;proto=https'] },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': undefined, 'X-Forwarded-Port': undefined },
    `for=203.0.113.1;proto=https, ${OWN}`,
  ],
  [
    'a chain without scheme, host and port gets those of our own connection',
    { xForwardedFor: ['203.0.113.1'] },
    { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Port': '80' },
    `for=203.0.113.1, ${OWN};proto=http`,
  ],
  [
    'if both forms are present, a fact that one lacks is taken from the other',
    { xForwardedFor: ['203.0.113.1'], proto: ['https'], forwarded: ['for=203.0.113.1;host=a.example'] },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'a.example' },
    `for=203.0.113.1;host=a.example;proto=https, ${OWN}`,
  ],
  [
    'a fact that both forms have stays unchanged in each',
    { proto: ['https'], forwarded: ['for=203.0.113.1;proto=http'] },
    { 'X-Forwarded-Proto': 'https' },
    `for=203.0.113.1;proto=http, ${OWN}`,
  ],
  [
    'an IPv6 host keeps its brackets',
    { xForwardedFor: ['203.0.113.1'], host: ['[2001:db8::1]'], port: ['8080'] },
    { 'X-Forwarded-Proto': undefined },
    `for=203.0.113.1;host="[2001:db8::1]:8080", ${OWN}`,
  ],
  [
    'an invalid scheme or host is not copied into the other form',
    { xForwardedFor: ['203.0.113.1'], proto: ['a;b="'], host: ['x", for=6.6.6.6'] },
    { 'X-Forwarded-Proto': 'a;b="' },
    `for=203.0.113.1, ${OWN}`,
  ],
  [
    'empty fields say nothing',
    { xForwardedFor: [''], forwarded: [' , '], proto: [''] },
    { 'X-Forwarded-For': '192.0.2.1' },
    `${OWN};proto=http`,
  ],
  [
    'empty elements are left out',
    { xForwardedFor: ['1.2.3.4,', ',, '] },
    { 'X-Forwarded-For': '1.2.3.4, 192.0.2.1' },
    `for=1.2.3.4, ${OWN};proto=http`,
  ],
  [
    'an escaped quote does not end a quoted value',
    { forwarded: ['by="a\\"", for=1.2.3.4'] },
    { 'X-Forwarded-For': 'unknown, 1.2.3.4, 192.0.2.1' },
    `by="a\\"", for=1.2.3.4, ${OWN};proto=http`,
  ],
  [
    'an element whose quotes are not closed does not swallow the elements after it',
    { forwarded: ['for=1.2.3.4, by="a, for=5.6.7.8'] },
    { 'X-Forwarded-For': '1.2.3.4, unknown, 192.0.2.1' },
    `for=1.2.3.4, for=unknown, ${OWN};proto=http`,
  ],
];

for (const [title, chain, expected, forwarded] of REACHED) {
  test(`a trusted chain: ${title}`, (t) => {
    const seen = fields(CLIENT, chain, '192.0.2.1');
    for (const [name, value] of Object.entries(expected)) t.is(seen[name], value, name);
    t.is(seen.Forwarded, forwarded);
  });

  test(`nothing of an untrusted chain is kept: ${title}`, (t) => {
    t.deepEqual(fields(CLIENT, chain), fields(CLIENT, null));
  });
}

test('what a chain says in one form is in both', (t) => {
  const own = 'for="192.0.2.1:5000";proto=http';
  t.is(
    fields(CLIENT, { xForwardedFor: ['203.0.113.1', '2001:db8::1, me'] }, '192.0.2.1').Forwarded,
    `for=203.0.113.1, for="[2001:db8::1]", for=unknown, ${own}`,
  );
  t.is(
    fields(
      CLIENT,
      { forwarded: ['for=203.0.113.1;by="a,b", FOR="[2001:db8::1]:9"', 'for=_hidden'] },
      '192.0.2.1',
    )['X-Forwarded-For'],
    '203.0.113.1, 2001:db8::1, unknown, 192.0.2.1',
  );
  const both = { xForwardedFor: ['203.0.113.1'], forwarded: ['for=203.0.113.2'] };
  const seen = fields(CLIENT, both, '192.0.2.1');
  t.is(seen['X-Forwarded-For'], '203.0.113.1, 192.0.2.1');
  t.is(seen.Forwarded, `for=203.0.113.2, ${own}`);
});

test('a client of a unix socket is trusted by name', (t) => {
  const presentation = { ...plan(), forwardedTrustUnix: true };
  t.true(new ClientFields(headerlessClient(null, null), presentation).trusted);
  t.false(new ClientFields(headerlessClient(null, null), plan('0.0.0.0/0', '::/0')).trusted);
});
