import test from 'ava';
import { endpoints } from '../../../src/config/values/endpoints.ts';
import { reads, refuses } from './reads.ts';

const ONE = { kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 1), port: 80 } as const;
const TWO = { kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 2), port: 81 } as const;
const SOCKET = { kind: 'unix', path: '/run/app.sock' } as const;

reads(endpoints, [
  ['10.0.0.1:80', [ONE]],
  ['10.0.0.1:80,10.0.0.2:81', [ONE, TWO]],
  ['10.0.0.1:80, 10.0.0.2:81', [ONE, TWO]],
  [
    ['10.0.0.1:80', '10.0.0.2:81'],
    [ONE, TWO],
  ],
  [
    ['10.0.0.1:80,10.0.0.2:81', 'unix:/run/app.sock'],
    [ONE, TWO, SOCKET],
  ],
]);

const WEB = {
  kind: 'k8s',
  text: 'k8s:shop/web:https',
  namespace: 'shop',
  service: 'web',
  port: 'https',
} as const;

reads(endpoints, [
  ['k8s:shop/web:https', [WEB]],
  ['k8s:web:443', [{ kind: 'k8s', text: 'k8s:web:443', namespace: null, service: 'web', port: '443' }]],
  ['dns:web.example:80', [{ kind: 'dns', text: 'dns:web.example:80', host: 'web.example', port: 80 }]],
  ['srv:_web._tcp.example', [{ kind: 'srv', text: 'srv:_web._tcp.example', host: '_web._tcp.example' }]],
  ['10.0.0.1:80,k8s:shop/web:https', [ONE, WEB]],
]);

refuses(endpoints, [
  ['k8s:shop/web:https,k8s:shop/web:https', 'duplicate_endpoint', 'each endpoint once'],
  ['', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got ""'],
  ['10.0.0.1:80,', 'invalid_address', 'expected host:port, [v6]:port, :port or unix:/path, got ""'],
  ['10.0.0.1:0', 'endpoint_without_port', 'a port that can be dialled, 1 to 65535'],
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
