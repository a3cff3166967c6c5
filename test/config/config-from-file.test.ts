import test from 'ava';
import { LEAST, lines, read } from './read-file.ts';

const FULL = `# the contract's example, as far as this version goes
version: 1
logLevel: warn
metrics: false
drainDelay: 0
logTlvs: [AUTHORITY, "0xEA"]
listeners:
  - name: web
    listen: ":443"
    present: v2
    crc32c: true
    tlv: ["0xE4=text:edge-1", "0xE5=text:a,b"]
    to: 10.0.0.1:443, 10.0.0.2:443
    balance: round-robin
    maxSessions: 8000
    maxSessionsPerClient: false
    ejectMax: 25%
  - name: mail
    listen: ":25"
    acceptProxy: any
    trust: [10.0.1.0/24, "fd00::/8"]
    headerless: 10.0.0.0/8
    proxyHeader: optional
    present: false
    idleTimeout: 0
    to: [127.0.0.1:2525]
`;

test('a file says everything about its listeners', (t) => {
  const { process, listeners } = read(t, FULL);
  t.is(process.logLevel, 'warn');
  t.deepEqual(process.metrics, { address: null, asked: true });
  t.is(process.drainDelay, 0);
  t.deepEqual(process.logTlvs, [2, 0xea]);
  const [web, mail] = listeners;
  t.is(web?.name, 'web');
  t.is(web?.to.length, 2);
  t.is(web?.maxSessions, 8000);
  t.is(web?.maxSessionsPerClient, 0);
  t.is(web?.ejectMax, 0.25);
  t.true(web?.crc32c);
  t.is(web?.tlv.add.length, 2);
  t.is(mail?.acceptProxy, 'any');
  t.is(mail?.trust.cidrs.length, 2);
  t.is(mail?.headerless.cidrs.length, 1);
  t.is(mail?.proxyHeader, 'optional');
  t.is(mail?.present, 'none');
  t.is(mail?.idleTimeout, 0);
});

test('the same as JSON is the same', (t) => {
  const json = JSON.stringify({
    $schema: './herald.schema.json',
    version: 1,
    listeners: [{ listen: ':8000', to: ['10.0.0.1:80'] }],
  });
  t.deepEqual(read(t, json).listeners, read(t, LEAST).listeners);
  t.deepEqual(read(t, json.replaceAll('{', '{\n\t')).listeners, read(t, LEAST).listeners);
});

test('the variable NODE_NAME says less than a file, and HERALD_NODE_NAME more', (t) => {
  const text = `${LEAST}nodeName: node-a\n`;
  const env = { NODE_NAME: 'node-b' };
  t.is(read(t, LEAST, {}, env).process.nodeName, 'node-b');
  t.is(read(t, text, {}, env).process.nodeName, 'node-a');
  t.is(read(t, text, {}, { ...env, HERALD_NODE_NAME: 'node-c' }).process.nodeName, 'node-c');
});

test('a family is a number to YAML, and a word where it is one', (t) => {
  const family = (line: string) =>
    read(t, LEAST.replace('10.0.0.1:80', `dns:web:80\n    family: ${line}`)).listeners[0]?.family;
  t.deepEqual([family('4'), family('"6"'), family('auto')], ['4', '6', 'auto']);
});

test('a listener of a file begins as an edge', (t) => {
  const [listener] = read(t, LEAST).listeners;
  t.is(listener?.name, 'edge');
  t.is(listener?.acceptProxy, 'none');
  t.is(listener?.present, 'v2');
});

test("the process's options: a flag wins over its variable, and that over the file", (t) => {
  const text = `logLevel: error\nlogFormat: text\naccessLog: all\n${LEAST}`;
  const env = { HERALD_LOG_FORMAT: 'json', HERALD_ACCESS_LOG: 'none' };
  const { process } = read(t, text, { accessLog: ['errors'] }, env);
  t.is(process.logLevel, 'error');
  t.is(process.logFormat, 'json');
  t.is(process.accessLog, 'errors');
});

test("a listener's options have no variables here", (t) => {
  const config = read(t, LEAST, {}, { HERALD_ATTEMPTS: '9', HERALD_LISTEN: 'x', HERALD_CONFIG: 'y' });
  t.is(config.listeners[0]?.attempts, 3);
  t.deepEqual(config.remarks, [
    'HERALD_ATTEMPTS is not an option here and is ignored',
    'HERALD_LISTEN is not an option here and is ignored',
  ]);
});

test('in a cluster a file has the defaults of a cluster', (t) => {
  const { process } = read(t, LEAST, {}, { KUBERNETES_SERVICE_HOST: '10.96.0.1' });
  t.is(process.drainTimeout, 20_000);
  t.false(process.metrics.asked);
});

test('every mistake is told at once: those of flags and environment, then those of the file in the order of its lines', (t) => {
  const text = `version: 2
theads: 3
threads: 65
loglevel: info
logFormat: 7
admin: 0.0.0.0:9465
listen: ":80"
listeners:
  - name: web
    listen: ":443"
    to: k8s:shop/web
    crc32c: "true"
    attempts: "3"
    headerTimeout:
      1s
    present: forward
    metrics: none
    proxyHaeder: optional
  - listen: ":443"
    to: []
    acceptProxy: v2
    trust: [10.0.0.0/33, "fd00::/8", unix]
    maxSessions: 0
    ejectAfter: 1.5
    idleTimeout: 5
    tlv:
      - 0x03=00
  - hello
  - {}
  - to: 10.0.0.1:80
    listen:
    trust:
      - 1
    acceptProxy: any
`;
  t.deepEqual(lines(t, text, { logFormat: ['xml'], zone: ['a b'] }, { HERALD_ENGINE: 'fast' }), [
    'HERALD_ENGINE: expected one of auto, epoll, net, got "fast"',
    '--zone: expected the name of a zone, as topology.kubernetes.io/zone, got "a b"',
    '--log-format: expected one of auto, json, text, got "xml"',
    'herald.yaml:1: version: expected 1, the version of this format, got 2',
    'herald.yaml:2: theads: there is no such option; did you mean threads?',
    'herald.yaml:3: threads: expected at most 64, got "65"',
    'herald.yaml:4: loglevel: there is no such option; did you mean logLevel?',
    'herald.yaml:5: logFormat: expected one of auto, json, text, got 7',
    'herald.yaml:6: admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got "0.0.0.0:9465"',
    'herald.yaml:7: listen: there is no such option; it is an option of a listener',
    'herald.yaml:11: listeners[0].to: expected k8s:namespace/service:port, such as k8s:shop/web:https, got "k8s:shop/web"',
    'herald.yaml:12: listeners[0].crc32c: expected true or false, without quotes, got "true"',
    'herald.yaml:13: listeners[0].attempts: expected a whole number of at least 1, without quotes, got "3"',
    'herald.yaml:14: listeners[0].headerTimeout: expected at least 3s, got "1s"',
    'herald.yaml:16: listeners[0].present: expected one of none, v1, v2, transparent, forwarded, got "forward"; did you mean forwarded?',
    'herald.yaml:17: listeners[0].metrics: there is no such option; it is an option of the process, outside the listeners',
    'herald.yaml:18: listeners[0].proxyHaeder: there is no such option; did you mean proxyHeader?',
    'herald.yaml:19: listeners[1].listen: expected an address that does not overlap with that of listener "web", got ":443"',
    'herald.yaml:20: listeners[1].to: expected an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name, got []',
    'herald.yaml:22: listeners[1].trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "10.0.0.0/33"',
    'herald.yaml:23: listeners[1].maxSessions: expected a whole number of at least 1, got "0"',
    'herald.yaml:24: listeners[1].ejectAfter: expected a whole number of at least 0, got "1.5"',
    'herald.yaml:25: listeners[1].idleTimeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got 5',
    'herald.yaml:26: listeners[1].tlv: the checksum is computed: use --crc32c (crc32c: true in a file)',
    'herald.yaml:28: listeners[2]: expected a mapping of options, got "hello"',
    'herald.yaml:29: listeners[3].listen: is required: an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME',
    'herald.yaml:29: listeners[3].to: is required: an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name',
    'herald.yaml:29: listeners[3].name: expected a name that no other listener has, got "edge"',
    'herald.yaml:30: listeners[4].name: expected a name that no other listener has, got "edge"',
    'herald.yaml:31: listeners[4].listen: needs a value: an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME',
    'herald.yaml:32: listeners[4].trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got [1]',
  ]);
});

test('of many warnings of one kind 20 are told, and the others counted', (t) => {
  const wide = Array.from({ length: 30 }, (_, at) => `10.0.${at}.5/24`).join();
  const { warnings } = read(t, `${LEAST}    acceptProxy: v2\n    trust: ${wide}\n`);
  t.is(warnings.length, 21);
  t.is(warnings[20], 'and 10 more warnings about trust');
});

test('a file that is run may be watched', (t) => {
  t.true(read(t, `${LEAST}watchConfig: true\n`).process.watchConfig);
  t.true(read(t, LEAST, { watchConfig: ['true'] }).process.watchConfig);
});
