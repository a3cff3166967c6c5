import test from 'ava';
import { reloadChanges } from '../../src/app/reload-changes.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';

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
