import test from 'ava';
import { endpoints, namesSource, readSourceName } from '../../../src/config/values/endpoints.ts';
import { evenly } from '../evenly.ts';
import { reads, refuses } from './reads.ts';

const ONE = { kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 1), port: 80 } as const;
const TWO = { kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 2), port: 81 } as const;
const SOCKET = { kind: 'unix', path: '/run/app.sock' } as const;

reads('endpoints', endpoints, [
  ['10.0.0.1:80', evenly(ONE)],
  ['10.0.0.1:80,10.0.0.2:81', evenly(ONE, TWO)],
  ['10.0.0.1:80, 10.0.0.2:81', evenly(ONE, TWO)],
  [['10.0.0.1:80', '10.0.0.2:81'], evenly(ONE, TWO)],
  [['10.0.0.1:80,10.0.0.2:81', 'unix:/run/app.sock'], evenly(ONE, TWO, SOCKET)],
]);

const WEB = {
  kind: 'k8s',
  text: 'k8s:shop/web:https',
  namespace: 'shop',
  service: 'web',
  port: 'https',
} as const;

reads('endpoints', endpoints, [
  ['k8s:shop/web:https', evenly(WEB)],
  ['k8s:web:443', evenly({ kind: 'k8s', text: 'k8s:web:443', namespace: null, service: 'web', port: '443' })],
  ['dns:web.example:80', evenly({ kind: 'dns', text: 'dns:web.example:80', host: 'web.example', port: 80 })],
  [
    'srv:_web._tcp.example',
    evenly({ kind: 'srv', text: 'srv:_web._tcp.example', host: '_web._tcp.example' }),
  ],
  ['10.0.0.1:80,k8s:shop/web:https', evenly(ONE, WEB)],
]);

refuses('endpoints', endpoints, [
  ['k8s:shop/web:https,k8s:shop/web:https', 'duplicate_endpoint', 'each endpoint once'],
  ['', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got ""'],
  ['10.0.0.1:80,', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got ""'],
  ['10.0.0.1:0', 'endpoint_without_port', 'a port that can be dialed, 1 to 65535'],
  [':80', 'endpoint_without_host', 'a host before the port, such as 127.0.0.1:80'],
  ['10.0.0.1:80,10.0.0.1:80', 'duplicate_endpoint', 'each endpoint once'],
  [['10.0.0.1:80', '10.0.0.1:80'], 'duplicate_endpoint', 'each endpoint once'],
  ['web:80', 'invalid_address', 'expected an IP address, got "web:80"; did you mean dns:web:80?'],
  [
    'http://127.0.0.1:8081/a',
    'invalid_address',
    'expected host:port, without http:// and a path, got "http://127.0.0.1:8081/a"',
  ],
]);

test('every endpoint that is wrong is named', (t) => {
  const parsed = endpoints.parse(['10.0.0.1:0,10.0.0.2:80', 'k8s:web,:1']);
  t.deepEqual('refusals' in parsed && parsed.refusals.map(({ code }) => code), [
    'endpoint_without_port',
    'invalid_service',
    'endpoint_without_host',
  ]);
});

const LONG = 'a'.repeat(63);

/** What is read, with a port that has to be there. */
const GOOD = [
  'k8s:shop/web:https',
  'k8s:web:80',
  'k8s:web:65535',
  `k8s:${LONG}/${LONG}:http`,
  'dns:web:80',
  'dns:web.example.:80',
  'dns:_web.example:1',
  'srv:_https._tcp.web.example',
];
/** What is not, each for one reason. */
const BAD = [
  'k8s:',
  'k8s:web',
  'k8s:shop/web',
  'k8s:/web:80',
  'k8s:shop/:80',
  'k8s:a/b/c:80',
  'k8s:Shop/web:80',
  'k8s:shop/web:',
  'k8s:shop/web:0',
  'k8s:shop/web:65536',
  'k8s:shop/web:080',
  'k8s:shop/web:HTTP',
  'k8s:shop/web:80:80',
  'k8s:shop/web_1:80',
  `k8s:${LONG}a/web:80`,
  'k8s: web:80',
  'dns:web',
  'dns:web:0',
  'dns:web:http',
  'dns::80',
  'dns:-web:80',
  'dns:web..example:80',
  `dns:${LONG}a:80`,
  'srv:',
  'srv:web example',
  'srv:web/1',
];

for (const text of GOOD) {
  test(`${text} is read`, (t) => {
    const parsed = readSourceName(text, true);
    t.is('value' in parsed && parsed.value.text, text);
  });
}

for (const text of BAD) {
  test(`${text} is refused`, (t) => t.true('refusals' in readSourceName(text, true)));
}

test('where only addresses are asked for a port may be left out, but not be wrong', (t) => {
  for (const text of ['k8s:web', 'k8s:shop/web', 'dns:web.example', 'k8s:web:80', 'dns:web:80']) {
    t.true('value' in readSourceName(text, false), text);
  }
  for (const text of ['k8s:web:', 'k8s:web:0', 'dns:web:', 'dns:web:x']) {
    t.true('refusals' in readSourceName(text, false), text);
  }
});

test('a source begins with its kind, and an address never does', (t) => {
  for (const text of [...GOOD, ...BAD]) t.true(namesSource(text), text);
  for (const text of ['10.0.0.1:80', '[::1]:80', 'unix:/k8s:a', 'K8S:a/b:1', 'k8s', 'web:80', ' k8s:a:1']) {
    t.false(namesSource(text), text);
  }
});
