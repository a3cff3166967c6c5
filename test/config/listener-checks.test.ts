import test from 'ava';
import { problemsOf } from './problems-of.ts';
import { type FlagTexts, LEAST, readFlags } from './read-flags.ts';

const { trust: _, ...UNTRUSTED } = LEAST.sidecar;
const UNIX = { ...UNTRUSTED, listen: 'unix:/run/a' };
const BIG = `0xE4=${'00'.repeat(65_535 - 36 - 3)}`;

/** Flags of a sidecar, and what is wrong with them: place, code and line. */
const BAD: readonly (readonly [title: string, flags: FlagTexts, ...lines: string[]])[] = [
  [
    'trust is required where headers are expected',
    UNTRUSTED,
    'trust_required --trust: is required, since --accept-proxy is any: the peers whose headers are trusted, such as 10.0.1.0/24 (everyone is 0.0.0.0/0,::/0)',
  ],
  [
    'trust, plain and header would do nothing where no header is expected',
    { ...LEAST.sidecar, acceptProxy: 'none', headerless: '10.0.0.1', proxyHeader: 'required' },
    'without_effect --trust: would have no effect, since --accept-proxy is none',
    'without_effect --headerless: would have no effect, since --accept-proxy is none',
    'without_effect --proxy-header: would have no effect, since --accept-proxy is none',
  ],
  [
    'what belongs to v2 would do nothing with v1',
    { ...LEAST.sidecar, present: 'v1', crc32c: 'true', uniqueId: 'true', tlv: ['pass:SSL'] },
    'without_effect --crc32c: would have no effect, since --present is v1, and only v2 has TLVs',
    'without_effect --unique-id: would have no effect, since --present is v1, and only v2 has TLVs',
    'without_effect --tlv: would have no effect, since --present is v1, and only v2 has TLVs',
  ],
  [
    'what belongs to v2 would do nothing where nothing is presented',
    { ...LEAST.sidecar, present: 'none', tlv: ['0xE4=00'] },
    'without_effect --tlv: would have no effect, since --present is none, and only v2 has TLVs',
  ],
  [
    'what belongs to v2 would do nothing with forwarded',
    { ...LEAST.sidecar, present: 'forwarded', crc32c: 'true', uniqueId: 'true', tlv: ['pass'] },
    'without_effect --crc32c: would have no effect, since --present is forwarded, and only v2 has TLVs',
    'without_effect --unique-id: would have no effect, since --present is forwarded, and only v2 has TLVs',
    'without_effect --tlv: would have no effect, since --present is forwarded, and only v2 has TLVs',
  ],
  [
    'nobody else asks whose X-Forwarded-For is appended to',
    { ...LEAST.sidecar, present: 'none', forwardedTrust: '10.0.0.0/8' },
    'without_effect --forwarded-trust: would have no effect, since --present is none',
  ],
  [
    'clients of TCP that no header names have addresses',
    { listen: ':80', to: '10.0.0.1:80', acceptProxy: 'none', present: 'forwarded', forwardedTrust: 'unix' },
    'source_never_matches --forwarded-trust: "unix" would match nobody, since --listen is not a unix socket',
  ],
  [
    'unix is nobody on a listener of TCP',
    { ...UNTRUSTED, trust: '10.0.0.0/8,unix', headerless: 'unix' },
    'source_never_matches --trust: "unix" would match nobody, since --listen is not a unix socket',
    'source_never_matches --headerless: "unix" would match nobody, since --listen is not a unix socket',
  ],
  [
    'addresses are nobody on a unix socket',
    { ...UNIX, trust: 'unix,10.0.0.0/8', headerless: '10.0.0.1' },
    'source_never_matches --trust: addresses would match nobody, since peers of a unix socket have none; use unix',
    'source_never_matches --headerless: addresses would match nobody, since peers of a unix socket have none; use unix',
  ],
  [
    'added TLVs fit into a header',
    { ...LEAST.sidecar, tlv: [BIG, '0xE5='] },
    'tlvs_too_large --tlv: expected at most 65499 bytes of TLVs in a header, got 65502',
  ],
  [
    'TLVs fit with the checksum and the id',
    { ...LEAST.sidecar, tlv: [BIG], crc32c: 'true', uniqueId: 'true' },
    'tlvs_too_large --tlv: expected at most 65499 bytes of TLVs in a header, got 65637',
  ],
  [
    'the endpoints of a source are nobody on a unix socket',
    { ...UNIX, trust: 'unix,k8s:edge/herald', headerless: 'dns:web' },
    'source_never_matches --trust: addresses would match nobody, since peers of a unix socket have none; use unix',
    'source_never_matches --headerless: addresses would match nobody, since peers of a unix socket have none; use unix',
  ],
  [
    'nobody but Kubernetes knows nodes',
    { ...LEAST.sidecar, to: 'dns:web:80', trafficPolicy: 'Local', nodeName: 'node-a' },
    'needs_service --traffic-policy: Local needs k8s:namespace/service:port in --to, since other endpoints have no node',
  ],
  [
    'of two Services nobody knows whose word counts',
    { ...LEAST.sidecar, to: 'k8s:a:80,k8s:b:80', trafficPolicy: 'service', affinity: 'service' },
    'needs_service --traffic-policy: service needs exactly one k8s:namespace/service:port in --to, since only a Service has such a setting',
    'needs_service --affinity: service needs exactly one k8s:namespace/service:port in --to, since only a Service has such a setting',
  ],
  [
    'addresses that somebody wrote down are dialled as they are',
    { ...LEAST.sidecar, family: '4', endpointCidrs: '10.0.0.0/8' },
    'without_effect --family: would have no effect, since --to has no k8s:, dns: or srv: endpoint',
    'without_effect --endpoint-cidrs: would have no effect, since --to has no k8s:, dns: or srv: endpoint',
  ],
  [
    'a check that is not made sends no header',
    { ...LEAST.sidecar, probeHeader: 'none' },
    'without_effect --probe-header: would have no effect, since --probe is none',
  ],
  [
    'a listener is not its own endpoint, beside others',
    { ...LEAST.sidecar, listen: ':80', to: 'k8s:a:80,127.0.0.1:80' },
    'endless_loop --to: expected endpoints other than the listener itself, got ":80"',
  ],
  [
    'a listener is not its own endpoint',
    { ...LEAST.sidecar, listen: ':80', to: '10.0.0.1:80,127.0.0.1:80' },
    'endless_loop --to: expected endpoints other than the listener itself, got ":80"',
  ],
];

for (const [title, flags, ...lines] of BAD) {
  test(title, (t) => {
    const problems = problemsOf(() => readFlags('sidecar', flags));
    t.deepEqual(
      problems.map(
        ({ code, option, expected, got, message }) =>
          `${code} ${option}: ${message ?? `expected ${expected}, got ${got}`}`,
      ),
      lines,
    );
  });
}

const GOOD: readonly (readonly [title: string, flags: FlagTexts])[] = [
  ['nobody need be trusted where no header is expected', { ...UNTRUSTED, acceptProxy: 'none' }],
  ['everyone can be trusted where it is written out', { ...UNTRUSTED, trust: '0.0.0.0/0,::/0' }],
  ['peers of a unix socket are unix', { ...UNIX, trust: 'unix' }],
  [
    'a checksum that is off does nothing wrong with v1',
    { ...LEAST.sidecar, present: 'v1', crc32c: 'false', tlv: 'none' },
  ],
  [
    'clients that a header names are on no socket of ours',
    { ...UNIX, trust: 'unix', present: 'forwarded', forwardedTrust: '10.0.0.0/8' },
  ],
  ['the largest TLV fits', { ...LEAST.sidecar, tlv: [BIG] }],
  ['the same port elsewhere is another endpoint', { ...LEAST.sidecar, listen: ':80', to: '10.0.0.1:80' }],
];

for (const [title, flags] of GOOD) {
  test(title, (t) =>
    t.deepEqual(
      problemsOf(() => readFlags('sidecar', flags)),
      [],
    ),
  );
}

test('a trust list that is wrong is not called missing too', (t) => {
  const problems = problemsOf(() => readFlags('sidecar', { ...LEAST.sidecar, trust: 'x' }));
  t.deepEqual(
    problems.map(({ code }) => code),
    ['invalid_source'],
  );
});

test('the engine of every machine serves those that present in another form', (t) => {
  t.is(readFlags('sidecar', { ...LEAST.sidecar, engine: 'net' }).process.engine, 'net');
});
