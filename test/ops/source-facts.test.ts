import test from 'ava';
import type { EndpointSource, SourceHealth } from '../../src/endpoints/endpoint-source.ts';
import { sourceFacts } from '../../src/ops/source-facts.ts';

const source = (name: string, health: Partial<SourceHealth> = {}) =>
  ({ name, health: { synced: true, lastEventAt: null, errors: new Map(), ...health } }) as EndpointSource;

test('each source is told by its name, but for addresses that somebody wrote down', (t) => {
  const facts = sourceFacts([source('10.0.0.1:80'), source('k8s:a/b:c'), source('dns:x:1'), source('srv:y')]);
  t.deepEqual(
    facts.map(({ name }) => name),
    ['k8s:a/b:c', 'dns:x:1', 'srv:y'],
  );
});

test('two of one name are one: synced when both are, as old as the older, with the errors of both', (t) => {
  const [facts, ...others] = sourceFacts([
    source('k8s:a', { lastEventAt: 20, errors: new Map([['gone', 1]]) }),
    source('k8s:a', {
      synced: false,
      lastEventAt: 10,
      errors: new Map([
        ['gone', 2],
        ['away', 3],
      ]),
    }),
    source('k8s:a'),
  ]);
  t.deepEqual(others, []);
  t.deepEqual(facts, {
    name: 'k8s:a',
    synced: false,
    lastEventAt: 10,
    errors: new Map([
      ['gone', 3],
      ['away', 3],
    ]),
  });
});
