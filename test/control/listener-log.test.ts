import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { listenerFacts, reloadChanges } from '../../src/control/listener-log.ts';

const config = (...listeners: readonly object[]) => configFromValue({ version: 1, listeners }, {});
const WEB = { name: 'web', listen: ':1', to: ['10.0.0.1:80'] };
const MAIL = { name: 'mail', listen: ':2', to: '10.0.0.1:25' };

test('listeners that open, close and change are named, the last with their options', (t) => {
  const before = config(WEB, MAIL);
  t.deepEqual(reloadChanges(before, config(WEB, MAIL)), { unchanged: true });
  t.deepEqual(reloadChanges(before, config(MAIL, WEB)), { unchanged: true });
  t.deepEqual(
    reloadChanges(before, config({ ...WEB, to: '10.0.0.2:80', attempts: 1 }, { ...MAIL, name: 'post' })),
    {
      opened: ['post'],
      closed: ['mail'],
      changed: ['web.to', 'web.attempts'],
    },
  );
});

test('of very many names the first twenty are told, and how many more there are', (t) => {
  const many = Array.from({ length: 500 }, (_, at) => ({
    ...WEB,
    name: `web-${at}`,
    listen: `:${1000 + at}`,
  }));
  const changes = reloadChanges(config(WEB), config(...many));
  t.is(changes.opened?.length, 20);
  t.is(changes.openedMore, 480);
  t.deepEqual(changes.closed, ['web']);
  t.is(changes.closedMore, undefined);
});

test('an option that is written or left out is the same where its value is the default', (t) => {
  t.deepEqual(reloadChanges(config(WEB), config({ ...WEB, attempts: 3 })), { unchanged: true });
  t.deepEqual(
    reloadChanges(
      config(WEB),
      config({ ...WEB, headerless: '10.0.0.0/8', trust: '10.0.0.1', acceptProxy: 'v2' }),
    ).changed,
    [
      'web.acceptProxy',
      'web.trust',
      'web.headerless',
      'web.proxyHeader',
      'web.headerTimeout',
      'web.maxHeader',
    ],
  );
});

const SERVED = { engine: 'epoll', threads: 2, why: '' };

const options = (to: readonly string[]) =>
  configFromValue({ version: 1, listeners: [{ name: 'web', listen: ':1', to }] }, {}).listeners[0]!;

test('the log says where a listener leads to and who serves it', (t) => {
  const facts = { to: '10.0.0.1:80,dns:web:80', expect: 'none', present: 'v2', engine: 'epoll', threads: 2 };
  t.deepEqual(listenerFacts(options(['10.0.0.1:80', 'dns:web:80']), SERVED), facts);
});

test('the log says which object of the cluster a listener is for', (t) => {
  const object = 'service shop/web:443';
  t.is(listenerFacts({ ...options(['10.0.0.1:80']), object }, SERVED).object, object);
});

test('the log says through whom endpoints of other nodes are reached', (t) => {
  const hops = {
    kind: 'k8s',
    text: 'k8s:edge/herald:hop',
    namespace: 'edge',
    service: 'herald',
    port: 'hop',
  } as const;
  const listener = options(['10.0.0.1:80']);
  t.is(listenerFacts({ ...listener, hops }, SERVED).hops, 'k8s:edge/herald:hop');
  t.false('hops' in listenerFacts(listener, SERVED));
});

test('an engine without threads of its own says none', (t) => {
  t.false('threads' in listenerFacts(options(['10.0.0.1:80']), { engine: 'net', threads: 0, why: '' }));
});

test('of very many endpoints the first twenty are named, and the others counted', (t) => {
  const all = Array.from({ length: 20_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}:80`);
  const { to, toMore } = listenerFacts(options(all), SERVED);
  t.is(String(to).split(',').length, 20);
  t.is(toMore, 19_980);
});
