import test from 'ava';
import { type FlagTexts, LEAST, readFlags } from './read-flags.ts';

const EVERYONE = 'listener sidecar: --trust covers every address: anyone can claim to be anyone';
const long = (length: string) =>
  `listener sidecar: headers can be ${length}, and some receivers refuse more than 107 (nginx before 1.23.2)`;

/** 52 bytes of header and a TLV's 3. */
const filled = (total: number) => `0xE4=${'00'.repeat(total - 52 - 3)}`;
const { trust: _, ...PLAIN }: FlagTexts = { ...LEAST.sidecar, acceptProxy: 'none' };

const ROWS: readonly (readonly [title: string, flags: FlagTexts, ...warnings: string[]])[] = [
  ['nothing is wrong with the usual', LEAST.sidecar],
  ['all of IPv4 is everyone', { ...LEAST.sidecar, trust: '10.0.0.1,0.0.0.0/0' }, EVERYONE],
  ['two halves are everyone', { ...LEAST.sidecar, trust: '0.0.0.0/1,128.0.0.0/1' }, EVERYONE],
  ['all of IPv6 is everyone', { ...LEAST.sidecar, trust: '::/0' }, EVERYONE],
  [
    'whoever may speak for others, were it everyone, is told of',
    { ...LEAST.sidecar, present: 'forwarded', forwardedTrust: '::/0' },
    'listener sidecar: --forwarded-trust covers every address: any client can claim to forward for anyone',
  ],
  [
    'connections are used again by forwarded alone',
    { ...LEAST.sidecar, present: 'v2', reuse: 'never' },
    'listener sidecar: --reuse has no effect, since --present is v2',
  ],
  ['and forwarded is not warned of it', { ...LEAST.sidecar, present: 'forwarded', reuse: 'never' }],
  ['half of IPv4 is not', { ...LEAST.sidecar, trust: '0.0.0.0/1' }],
  [
    'E3: a policy of nodes does nothing for a Herald that does not know its own',
    { ...LEAST.sidecar, to: 'k8s:web:80', trafficPolicy: 'PreferLocal' },
    'listener sidecar: --traffic-policy PreferLocal acts as Cluster, since the node of Herald is not known: set --node-name, or the variable NODE_NAME',
  ],
  [
    'and does not have to be told to one that does',
    { ...LEAST.sidecar, to: 'k8s:web:80', trafficPolicy: 'service', nodeName: 'node-a' },
  ],
  [
    'an echo of the node is for transparent listeners',
    { ...LEAST.sidecar, nodeEcho: '10.1.0.5:80' },
    '--node-echo has no effect, since no listener has --present transparent',
  ],
  [
    'and a transparent listener has a use for it',
    { ...LEAST.sidecar, present: 'transparent', to: '127.0.0.1:80', nodeEcho: '10.1.0.5:80' },
  ],
  ['107 bytes are read everywhere', { ...LEAST.sidecar, tlv: [filled(107)] }],
  ['108 are not', { ...LEAST.sidecar, tlv: [filled(108)] }, long('up to 108 bytes')],
  ['the checksum counts', { ...LEAST.sidecar, tlv: [filled(101)], crc32c: 'true' }, long('up to 108 bytes')],
  ['an id that came in can be long', { ...LEAST.sidecar, uniqueId: 'true' }, long('up to 183 bytes')],
  ['an id of our own is short', { ...PLAIN, uniqueId: 'true', crc32c: 'true' }],
  [
    'what is passed on can be anything',
    { ...LEAST.sidecar, tlv: ['pass:0xEA'] },
    long('as long as incoming ones'),
  ],
  [
    'all that is passed on can be anything',
    { ...LEAST.sidecar, tlv: 'pass' },
    long('as long as incoming ones'),
  ],
  [
    'nothing is passed on of headers that do not come',
    { ...PLAIN, tlv: 'pass' },
    'listener sidecar: --tlv passes nothing on, since headers with TLVs are not accepted (--accept-proxy is none)',
  ],
  [
    'nothing is passed on of version 1',
    { ...LEAST.sidecar, acceptProxy: 'v1', tlv: 'pass:SSL' },
    'listener sidecar: --tlv passes nothing on, since headers with TLVs are not accepted (--accept-proxy is v1)',
  ],
  [
    'a type that is added twice, of which receivers take the first',
    { ...LEAST.sidecar, tlv: ['0xD3=09', '211=text:x', '0xE4=01', '0xD3=', 'NOOP=', 'NOOP='] },
    'listener sidecar: --tlv adds type 0xD3 more than once, and receivers use the first of a type',
  ],
  [
    'limits of headers that do not come',
    { ...PLAIN, headerTimeout: '3s', maxHeader: '1KiB' },
    'listener sidecar: --header-timeout has no effect, since --accept-proxy is none',
    'listener sidecar: --max-header has no effect, since --accept-proxy is none',
  ],
  [
    'a CIDR that reads like one address and means many is told of, wherever it stands',
    {
      ...LEAST.sidecar,
      trust: '10.0.0.5/8,10.0.0.0/8,192.0.2.7',
      headerless: 'fd00::1/64',
      dialFrom: ['10.0.0.9/24', '10.0.0.10'],
    },
    'listener sidecar: --trust: 10.0.0.5/8 means all of 10.0.0.0/8; for the one address write 10.0.0.5',
    'listener sidecar: --headerless: fd00::1/64 means all of fd00::/64; for the one address write fd00::1',
    'listener sidecar: --dial-from: 10.0.0.9/24 means all of 10.0.0.0/24; for the one address write 10.0.0.9',
  ],
];

for (const [title, flags, ...warnings] of ROWS) {
  test(title, (t) => t.deepEqual(readFlags('sidecar', flags).warnings, warnings));
}
