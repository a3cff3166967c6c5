import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { linesOf } from './problems-of.ts';
import { LEAST, readFlags } from './read-flags.ts';

const to = '10.0.0.1:80';
const two = (one: object, other: object, process: object = {}) => ({
  version: 1,
  ...process,
  listeners: [
    { name: 'a', listen: '127.0.0.1:1', to, ...one },
    { name: 'b', listen: '127.0.0.1:2', to, ...other },
  ],
});

for (const [title, value, ...lines] of [
  ['two listeners of different names and addresses are right', two({}, {})],
  ['port 0 is a free one every time', two({ listen: ':0' }, { listen: ':0' })],
  [
    'a name belongs to one listener',
    two({}, { name: 'a' }),
    'listeners[1].name: expected a name that no other listener has, got "a"',
  ],
  [
    'an address belongs to one listener',
    two({}, { listen: '127.0.0.1:1' }),
    'listeners[1].listen: expected an address that does not overlap with that of listener "a", got "127.0.0.1:1"',
  ],
  [
    'every address holds each of them',
    two({}, { listen: ':1' }),
    'listeners[1].listen: expected an address that does not overlap with that of listener "a", got ":1"',
  ],
  [
    'a path belongs to one listener',
    two({ listen: 'unix:/run/a' }, { listen: 'unix:/run/a' }),
    'listeners[1].listen: expected an address that does not overlap with that of listener "a", got "unix:/run/a"',
  ],
  [
    'metrics and admin are two addresses',
    two({}, {}, { metrics: '127.0.0.1:9', admin: '127.0.0.1:9' }),
    'admin: expected an address other than that of metrics, got "127.0.0.1:9"',
  ],
  [
    'metrics on every address leave none for admin',
    two({}, {}, { metrics: ':9465' }),
    'admin: expected an address other than that of metrics, got "127.0.0.1:9465"',
  ],
  ['neither metrics nor admin are needed', two({}, {}, { metrics: 'none', admin: 'none' })],
  [
    'metrics that are asked for do not meet a listener',
    two({}, {}, { metrics: ':2' }),
    'metrics: expected an address that does not overlap with that of listener "b", got ":2"',
  ],
  [
    'nor does admin',
    two({}, {}, { admin: '127.0.0.1:1' }),
    'admin: expected an address that does not overlap with that of listener "a", got "127.0.0.1:1"',
  ],
  [
    'the health of Services has an address of its own',
    two({ to: 'k8s:web:80' }, {}, { serviceHealth: '127.0.0.1:9465' }),
    'serviceHealth: expected an address other than that of admin, got "127.0.0.1:9465"',
  ],
  [
    'and does not meet a listener',
    two({ to: 'k8s:web:80' }, {}, { serviceHealth: ':1' }),
    'serviceHealth: expected an address that does not overlap with that of listener "a", got ":1"',
  ],
  ['it answers where one listener has a Service', two({ to: 'k8s:web:80' }, {}, { serviceHealth: ':9466' })],
  [
    'it has nothing to answer where none has',
    two({ to: 'dns:web:80' }, {}, { serviceHealth: ':9466' }),
    'serviceHealth: needs a listener with endpoints of a Service (k8s:namespace/service:port in to)',
  ],
  [
    'C1 E3: Local needs the name of the node',
    two({}, { to: 'k8s:web:80', trafficPolicy: 'Local' }),
    'nodeName: listener "b" uses only endpoints of its own node, and that node is not known: set this option, or the variable NODE_NAME from spec.nodeName',
  ],
  ['and is right with it', two({}, { to: 'k8s:web:80', trafficPolicy: 'Local' }, { nodeName: 'node-a' })],
  ['metrics that nobody asked for give way to a listener', two({ listen: ':9464' }, { listen: ':9465' })],
] as const) {
  test(title, (t) =>
    t.deepEqual(
      linesOf(() => configFromValue(value, {})),
      lines,
    ),
  );
}

test('an engine that is asked for by name has to present what a listener asks for', (t) => {
  const flags = { ...LEAST.sidecar, present: 'forwarded' };
  t.deepEqual(
    linesOf(() => readFlags('sidecar', { ...flags, engine: 'epoll' })),
    ['--engine: listener "sidecar" presents forwarded, which only the net engine can: expected auto or net'],
  );
  for (const engine of ['net', 'auto'] as const)
    t.is(readFlags('sidecar', { ...flags, engine }).process.engine, engine);
});
