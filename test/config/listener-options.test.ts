import test from 'ava';
import { ENDPOINT_OPTIONS } from '../../src/config/endpoint-options.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import { evenly } from './evenly.ts';
import { type OptionRows, testRows } from './option-rows.ts';

type Key = Exclude<keyof typeof LISTENER_OPTIONS, keyof typeof ENDPOINT_OPTIONS>;

/** Options that are not about endpoints. */
const ROWS: OptionRows<Key> = {
  name: {
    good: [['web-1', 'web-1']],
    bad: [
      [
        'Web',
        '--name: expected a name of at most 63 lower-case letters, digits and -, not beginning with -, got "Web"',
      ],
    ],
  },
  listen: {
    good: [
      [':443', { kind: 'tcp', ip: null, port: 443 }],
      ['127.0.0.1:0', { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 }],
    ],
    bad: [
      [
        '443',
        '--listen: expected an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME, got "443"; did you mean :443?',
      ],
    ],
  },
  to: {
    good: [['unix:/run/app.sock', evenly({ kind: 'unix', path: '/run/app.sock' })]],
    bad: [['10.0.0.1:0', '--to: expected a port that can be dialed, 1 to 65535, got "10.0.0.1:0"']],
  },
  acceptProxy: {
    good: [
      ['v1', 'v1'],
      ['v2', 'v2'],
      ['any', 'any'],
    ],
    bad: [['v3', '--accept-proxy: expected one of none, v1, v2, any, got "v3"']],
  },
  trust: {
    good: [
      ['192.0.2.1', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 }], unix: false, names: [] }],
    ],
    bad: [
      [
        'all',
        '--trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "all"',
      ],
    ],
  },
  headerless: {
    good: [
      ['192.0.2.1', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 }], unix: false, names: [] }],
    ],
    bad: [
      [
        'all',
        '--headerless: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "all"',
      ],
    ],
  },
  proxyHeader: {
    good: [['optional', 'optional']],
    bad: [['no', '--proxy-header: expected one of required, optional, got "no"']],
  },
  headerTimeout: {
    good: [['3s', 3000]],
    bad: [
      ['1s', '--header-timeout: expected at least 3s, got "1s"'],
      ['0', '--header-timeout: expected at least 3s, got "0"'],
      [
        '5',
        '--header-timeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
      ],
    ],
  },
  maxHeader: {
    good: [
      ['52B', 52],
      ['64KiB', 65_536],
      ['65551B', 65_551],
    ],
    bad: [
      ['51B', '--max-header: expected at least 52B, got "51B"'],
      ['65552B', '--max-header: expected at most 65551B, got "65552B"'],
      ['4096', '--max-header: expected a size with its unit, such as 4096B or 64KiB, got "4096"'],
    ],
  },
  present: {
    good: [
      ['none', 'none'],
      ['v1', 'v1'],
      ['v2', 'v2'],
      ['forwarded', 'forwarded'],
    ],
    bad: [['v3', '--present: expected one of none, v1, v2, transparent, forwarded, got "v3"']],
  },
  tlv: {
    good: [['pass:SSL', { pass: [0x20], add: [] }]],
    bad: [['x', '--tlv: expected pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…, got "x"']],
  },
  crc32c: {
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: [['yes', '--crc32c: expected true or false, got "yes"']],
  },
  uniqueId: {
    good: [['true', true]],
    bad: [['yes', '--unique-id: expected true or false, got "yes"']],
  },
  forwardedTrust: {
    good: [
      ['192.0.2.0/24', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 0), prefix: 24 }], names: [], unix: false }],
    ],
    bad: [
      [
        'x',
        '--forwarded-trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "x"',
      ],
    ],
  },
  allowLocalClients: {
    good: [['10.1.2.3', [{ ip: Uint8Array.of(10, 1, 2, 3), prefix: 32 }]]],
    bad: [
      ['unix', '--allow-local-clients: expected an address or a CIDR such as 10.0.1.0/28, got "unix"'],
      [
        '0.0.0.0/1,128.0.0.0/1',
        '--allow-local-clients: expected addresses of this host one by one, not all addresses, got "0.0.0.0/1,128.0.0.0/1"',
      ],
      [
        '::/0',
        '--allow-local-clients: expected addresses of this host one by one, not all addresses, got "::/0"',
      ],
    ],
  },
  idleTimeout: {
    good: [
      ['0', 0],
      ['24h', 86_400_000],
    ],
    bad: [['600h', '--idle-timeout: expected at most 576h, got "600h"']],
  },
  halfCloseTimeout: {
    good: [
      ['0', 0],
      ['500ms', 500],
    ],
    bad: [['600h', '--half-close-timeout: expected at most 576h, got "600h"']],
  },
  keepalive: {
    good: [
      ['0', 0],
      ['1s', 1000],
    ],
    bad: [['1ms', '--keepalive: expected 0 or at least 1s, got "1ms"']],
  },
  tcpUserTimeout: {
    good: [
      ['0', 0],
      ['1s', 1000],
    ],
    bad: [['1ms', '--tcp-user-timeout: expected 0 or at least 1s, got "1ms"']],
  },
  maxSessionAge: {
    good: [
      ['0', 0],
      ['1h', 3_600_000],
    ],
    bad: [
      ['x', '--max-session-age: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "x"'],
    ],
  },
  maxSessions: {
    good: [['8000', 8000]],
    bad: [['0', '--max-sessions: expected a whole number of at least 1, got "0"']],
  },
  maxSessionsPerClient: {
    good: [
      ['10', 10],
      ['none', 0],
    ],
    bad: [['0', '--max-sessions-per-client: expected a whole number of at least 1, or none, got "0"']],
  },
  clientPrefix: {
    good: [
      ['6:56', { v4: 32, v6: 56 }],
      ['4:24,6:48', { v4: 24, v6: 48 }],
    ],
    bad: [
      ['4:33', '--client-prefix: expected at most 32 bits, got "4:33"'],
      ['/64', '--client-prefix: expected 4:BITS or 6:BITS, or both, such as 4:32,6:64, got "/64"'],
    ],
  },
  overLimit: {
    good: [['refuse', 'refuse']],
    bad: [['drop', '--over-limit: expected one of wait, refuse, got "drop"']],
  },
};

test('there is a row for every option of listeners', (t) => {
  t.deepEqual(
    Object.keys(ROWS).sort(),
    Object.keys(LISTENER_OPTIONS)
      .filter((key) => !(key in ENDPOINT_OPTIONS))
      .sort(),
  );
});

testRows(ROWS);
