import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { parseAddress } from '../../src/address/socket-address.ts';
import type { SocketFacts } from '../../src/linux/socket-facts.ts';
import { checkDescriptors } from '../../src/takeover/check-descriptors.ts';
import type { ManifestEntry } from '../../src/takeover/manifest.ts';

function entry(text: string): ManifestEntry {
  const address = parseAddress(text);
  if ('problem' in address) throw new Error(address.problem);
  return { name: 'web', address, worker: 0 };
}

const LISTENING = { isStream: true, isListening: true, isV6Only: false };

function tcp(family: 'ipv4' | 'ipv6', ip: string, port = 80, isV6Only = false): SocketFacts {
  return { ...LISTENING, family, isV6Only, bound: { kind: 'tcp', ip: parseIp(ip)!, port } };
}

const unix = (path: string): SocketFacts => ({ ...LISTENING, family: 'unix', bound: { kind: 'unix', path } });
const UNNAMED: SocketFacts = { ...LISTENING, family: 'unix', bound: { kind: 'unnamed' } };

/** Every socket with the one address that it has. `:80` is 0.0.0.0 as well, on a machine without IPv6. */
const SOCKETS: readonly (readonly [facts: SocketFacts, addresses: readonly string[], shown: string])[] = [
  [tcp('ipv6', '::', 80), [':80'], '[::]:80 of both families'],
  [tcp('ipv6', '::', 80, true), ['[::]:80'], '[::]:80 of IPv6 alone'],
  [tcp('ipv4', '0.0.0.0'), ['0.0.0.0:80', ':80'], '0.0.0.0:80'],
  [tcp('ipv4', '127.0.0.1'), ['127.0.0.1:80'], '127.0.0.1:80'],
  [tcp('ipv4', '127.0.0.1', 81), ['127.0.0.1:81'], '127.0.0.1:81'],
  [tcp('ipv6', '::1', 80, true), ['[::1]:80'], '[::1]:80'],
  [tcp('ipv6', '::1', 80), ['[::1]:80'], '[::1]:80'],
  // A v4-mapped address, which Herald never binds.
  [tcp('ipv6', '127.0.0.1', 80), [], '127.0.0.1:80'],
  [unix('/run/a'), ['unix:/run/a'], 'unix:/run/a'],
  [unix('/run/b'), ['unix:/run/b'], 'unix:/run/b'],
  [UNNAMED, [], 'nothing'],
];

const ADDRESSES = [
  ...[':80', '[::]:80', '0.0.0.0:80', '127.0.0.1:80', '127.0.0.1:81', '[::1]:80'],
  ...['unix:/run/a', 'unix:/run/b'],
];

for (const text of ADDRESSES) {
  test(`${text} fits the sockets that are bound to it, and no other`, (t) => {
    for (const [facts, addresses, shown] of SOCKETS) {
      const expected = addresses.includes(text)
        ? null
        : `descriptor 0, listener "web" on ${text}, is bound to ${shown}`;
      t.is(checkDescriptors([entry(text)], [facts]), expected);
    }
  });
}

test('a descriptor that is no listening stream socket is found', (t) => {
  const good = tcp('ipv4', '127.0.0.1');
  for (const [facts, defect] of [
    [-88, 'is no socket (ENOTSOCK)'],
    [{ ...good, isStream: false }, 'is no stream socket'],
    [{ ...good, isListening: false }, 'does not listen'],
  ] as const) {
    const found = checkDescriptors([entry('127.0.0.1:80'), entry('127.0.0.1:80')], [good, facts]);
    t.is(found, `descriptor 1, listener "web" on 127.0.0.1:80, ${defect}`);
  }
});

test('more or fewer descriptors than entries are found', (t) => {
  const good = tcp('ipv4', '127.0.0.1');
  const one = entry('127.0.0.1:80');
  t.is(checkDescriptors([one], [good, good]), 'the manifest has 1 entry, but 2 descriptors came');
  t.is(checkDescriptors([one, one], [good]), 'the manifest has 2 entries, but 1 descriptor came');
  t.is(checkDescriptors([], []), null);
});
