import test from 'ava';
import { readGateway } from '../../../../src/controller/objects/read-gateway.ts';
import { judgeListeners } from '../../../../src/controller/translate/gateways/judge-listeners.ts';

function judged(...listeners: object[]) {
  const read = readGateway({
    metadata: { name: 'edge', namespace: 'infra' },
    spec: { listeners },
  })!.listeners;
  return judgeListeners(read);
}

function listener(name: string, protocol: string, port: number, hostname?: string): object {
  return { name, protocol, port, ...(hostname === undefined ? {} : { hostname }) };
}

function reasons(...listeners: object[]): (string | null)[][] {
  return judged(...listeners).map(({ conflict, refusal }) => [
    conflict?.reason ?? null,
    refusal?.reason ?? null,
  ]);
}

test('a TCP listener is accepted, and what is not served says what to do instead', (t) => {
  t.deepEqual(reasons(listener('a', 'TCP', 80)), [[null, null]]);
  const messages = ['TLS', 'UDP', 'HTTP', 'HTTPS', 'example.com/x'].map(
    (protocol) => judged(listener('a', protocol, 80))[0]!.refusal,
  );
  t.deepEqual(messages, [
    {
      reason: 'UnsupportedProtocol',
      message: 'TLS listeners are not served yet; a TCP listener carries TLS as it comes',
    },
    { reason: 'UnsupportedProtocol', message: 'UDP listeners are not served yet' },
    {
      reason: 'UnsupportedProtocol',
      message: 'Herald does not route HTTP; a TCP listener carries HTTP as it comes',
    },
    {
      reason: 'UnsupportedProtocol',
      message: 'Herald does not route HTTP; a TCP listener carries HTTPS as it comes',
    },
    { reason: 'UnsupportedProtocol', message: 'protocol example.com/x is not served; TCP is' },
  ]);
});

test('G2: listeners of one Gateway that cannot be told apart are all conflicted, and none is accepted', (t) => {
  t.deepEqual(reasons(listener('a', 'TCP', 80), listener('b', 'TCP', 80), listener('c', 'TCP', 81)), [
    ['ProtocolConflict', 'Invalid'],
    ['ProtocolConflict', 'Invalid'],
    [null, null],
  ]);
  const [first] = judged(listener('a', 'TCP', 80), listener('b', 'TCP', 80), listener('c', 'TCP', 80));
  t.is(first?.conflict?.message, 'it has its port (80) in common with b, c: none of them is served');
});

test('a TCP listener shares its port with none of TLS, HTTP or HTTPS', (t) => {
  for (const protocol of ['TLS', 'HTTP', 'HTTPS']) {
    t.deepEqual(reasons(listener('a', 'TCP', 443), listener('b', protocol, 443, 'a.example')), [
      ['ProtocolConflict', 'Invalid'],
      ['ProtocolConflict', 'UnsupportedProtocol'],
    ]);
  }
});

test('TCP and UDP are distinct on one port, and so are hostnames of TLS', (t) => {
  t.deepEqual(reasons(listener('a', 'TCP', 53), listener('b', 'UDP', 53)), [
    [null, null],
    [null, 'UnsupportedProtocol'],
  ]);
  t.deepEqual(
    reasons(listener('a', 'TLS', 443, 'a.example'), listener('b', 'TLS', 443, 'b.example')).map(
      ([one]) => one,
    ),
    [null, null],
  );
  t.deepEqual(
    reasons(listener('a', 'TLS', 443, 'a.example'), listener('b', 'TLS', 443, 'a.example')).map(
      ([one]) => one,
    ),
    ['HostnameConflict', 'HostnameConflict'],
  );
});

test('kinds of routes: those of the protocol, less those that are not allowed', (t) => {
  const kinds = (...names: object[]) => {
    const [one] = judged({ ...listener('a', 'TCP', 80), allowedRoutes: { kinds: names } });
    return [one!.supportedKinds.map(({ kind }) => kind), one!.invalidKinds?.message ?? null];
  };
  t.deepEqual(kinds(), [['TCPRoute'], null]);
  t.deepEqual(kinds({ kind: 'TCPRoute' }), [['TCPRoute'], null]);
  t.deepEqual(kinds({ kind: 'TCPRoute' }, { kind: 'HTTPRoute' }), [
    ['TCPRoute'],
    'its allowedRoutes names HTTPRoute; a listener of this protocol carries TCPRoute',
  ]);
  t.deepEqual(kinds({ kind: 'TCPRoute', group: 'example.com' }), [
    [],
    'its allowedRoutes names TCPRoute.example.com; a listener of this protocol carries TCPRoute',
  ]);
});

test('a label selector that cannot be read is said, rather than matching nothing in silence', (t) => {
  const namespaces = { from: 'Selector', selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } };
  const [one] = judged({ ...listener('a', 'TCP', 80), allowedRoutes: { namespaces } });
  t.is(one?.refusal?.reason, 'UnsupportedValue');
  t.regex(
    one?.refusal?.message ?? '',
    /^its allowedRoutes\.namespaces: the operator of the label selector for a/,
  );
});
