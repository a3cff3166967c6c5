import test from 'ava';
import { createNamedSources, type SharedKubernetes } from '../../src/control/named-sources.ts';
import { linesOf } from '../config/problems-of.ts';
import { scriptedSource } from './scripted-source.ts';

const WANTED = {
  kind: 'name',
  key: 'gateway:instances auto ',
  name: { kind: 'instances', text: 'gateway:instances' },
  family: 'auto',
  cidrs: [],
} as const;

test('the instances of a gateway are the source that the gateway makes', (t) => {
  const source = scriptedSource('gateway:instances');
  const kubernetes = { namespace: 'herald', instances: () => source, stop() {} } as Partial<SharedKubernetes>;
  const named = createNamedSources(
    { env: {}, kubeconfig: null, kubeContext: null, kubernetes: kubernetes as SharedKubernetes },
    () => {},
  );
  t.is(named.create(WANTED), source);
});

test('outside a gateway there are no instances', (t) => {
  const named = createNamedSources({ env: {}, kubeconfig: null, kubeContext: null }, () => {});
  t.deepEqual(
    linesOf(() => named.create(WANTED)),
    ['gateway:instances: gateway:instances is known to the listeners of herald gateway only'],
  );
});
