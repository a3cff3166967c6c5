import test from 'ava';
import { linesOf, problemsOf } from './problems-of.ts';
import { type FlagTexts, LEAST, listenerOf, readFlags } from './read-flags.ts';

const FLAGS = { ...LEAST.sidecar, present: 'transparent', to: '127.0.0.1:80,127.8.8.8:81,[::1]:80' };
const AWAY =
  '--to: present is transparent, and answers come back from loopback only: expected addresses such as 127.0.0.1:80 or [::1]:80';

/** Flags of a sidecar, and what is wrong with them: code and line. */
const BAD: readonly (readonly [title: string, flags: FlagTexts, ...lines: string[]])[] = [
  [
    'P8: an endpoint elsewhere never answers here',
    { ...FLAGS, to: '10.0.0.1:80' },
    `endpoint_not_loopback ${AWAY}`,
  ],
  [
    'P8: one endpoint elsewhere is enough',
    { ...FLAGS, to: '127.0.0.1:80,[fd00::1]:80' },
    `endpoint_not_loopback ${AWAY}`,
  ],
  [
    'nobody has an address on a unix socket',
    { ...FLAGS, to: 'unix:/run/app' },
    `endpoint_not_loopback ${AWAY}`,
  ],
  [
    'no header goes out, so that nothing goes into one',
    { ...FLAGS, crc32c: 'true', uniqueId: 'true', tlv: ['0xE4=00'] },
    'without_effect --crc32c: would do nothing, since present is transparent, and only v2 has TLVs',
    'without_effect --unique-id: would do nothing, since present is transparent, and only v2 has TLVs',
    'without_effect --tlv: would do nothing, since present is transparent, and only v2 has TLVs',
  ],
  [
    'the client is the source, so that there is no other',
    { ...FLAGS, source: '10.0.0.9' },
    'without_effect --source: would do nothing, since present is transparent: endpoints are dialed from the client',
  ],
  [
    'local clients are of the transparent presentation only',
    { ...LEAST.sidecar, allowLocalClients: '10.0.0.9' },
    'without_effect --allow-local-clients: would do nothing, since present is v2',
  ],
  [
    'nothing opens all of IPv4',
    { ...FLAGS, allowLocalClients: '10.0.0.9,0.0.0.0/0' },
    'opens_all --allow-local-clients: expected addresses of this host by name, and not all there are, got "10.0.0.9,0.0.0.0/0"',
  ],
  [
    'nothing opens all of IPv6',
    { ...FLAGS, allowLocalClients: '::/1,8000::/1' },
    'opens_all --allow-local-clients: expected addresses of this host by name, and not all there are, got "::/1,8000::/1"',
  ],
  [
    'the engine of every machine can not do it',
    { ...FLAGS, engine: 'net' },
    'engine_lacks --engine: listener "sidecar" presents transparent, which the epoll engine alone can: expected auto or epoll',
  ],
];

for (const [title, flags, ...lines] of BAD) {
  test(title, (t) => {
    const problems = problemsOf(() => readFlags('sidecar', flags));
    const texts = linesOf(() => readFlags('sidecar', flags));
    t.deepEqual(
      problems.map(({ code }, at) => `${code} ${texts[at]}`),
      lines,
    );
  });
}

test('endpoints anywhere on loopback, of both families, are right', (t) => {
  t.is(listenerOf('sidecar', FLAGS).to.length, 3);
  t.is(readFlags('sidecar', { ...FLAGS, engine: 'epoll' }).process.engine, 'epoll');
});

test('an edge presents transparently as well', (t) => {
  const { present } = listenerOf('edge', { present: 'transparent', to: '127.0.0.1:80' });
  t.is(present, 'transparent');
});

test('the engine of every machine serves those that present in another form', (t) => {
  t.is(readFlags('sidecar', { ...LEAST.sidecar, engine: 'net' }).process.engine, 'net');
});

test('an engine that is asked for by name has to present what a listener asks for', (t) => {
  const flags = { ...LEAST.sidecar, present: 'forwarded' };
  t.deepEqual(
    linesOf(() => readFlags('sidecar', { ...flags, engine: 'epoll' })),
    ['--engine: listener "sidecar" presents forwarded, which the net engine alone can: expected auto or net'],
  );
  for (const engine of ['net', 'auto'] as const)
    t.is(readFlags('sidecar', { ...flags, engine }).process.engine, engine);
});
