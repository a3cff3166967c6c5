import test from 'ava';
import { countObjects } from '../../../src/controller/translate/gateway-facts.ts';
import type {
  ConditionWish,
  ListenerWish,
  StatusWish,
} from '../../../src/controller/translate/translation.ts';
import { refOf, wishOf } from '../objects.ts';

/** The counts that are not 0: `service accepted 1`. */
function counts(statuses: readonly StatusWish[], served: readonly string[] = []): string[] {
  const listeners = served.map((uid) => ({ owner: { uid } }) as ListenerWish);
  return countObjects({ listeners, statuses })
    .filter(({ count }) => count > 0)
    .map(({ kind, accepted, count }) => `${kind} ${accepted ? 'accepted' : 'refused'} ${count}`);
}

function routeOf(...parents: readonly (readonly ConditionWish[])[]): StatusWish {
  const parentRef = { group: '', kind: 'Gateway', name: 'edge' };
  return {
    ...{ of: 'Route', ref: refOf('TCPRoute'), generation: 1 },
    parents: parents.map((conditions) => ({ parentRef, conditions })),
  };
}

test('every kind is counted twice, also if there is none of it', (t) => {
  t.deepEqual(
    countObjects({ listeners: [], statuses: [] }).map(
      ({ kind, accepted, count }) => `${kind} ${accepted} ${count}`,
    ),
    ['service', 'gateway', 'gateway_class', 'tcp_route'].flatMap((kind) => [
      `${kind} true 0`,
      `${kind} false 0`,
    ]),
  );
});

test('a Service is accepted if it has a listener, whatever its status names', (t) => {
  const service = (uid: string): StatusWish => ({
    ...{ of: 'Service', ref: refOf('Service', uid), ingress: [] },
  });
  t.deepEqual(counts([service('a'), service('b'), service('c')], ['b', 'b']), [
    'service accepted 1',
    'service refused 2',
  ]);
});

test('a Gateway and a GatewayClass are accepted by their condition', (t) => {
  const status = (of: 'Gateway' | 'GatewayClass', is: 'True' | 'False' | 'Unknown') => {
    const conditions = [wishOf('Programmed'), wishOf('Accepted', is)];
    const rest = { addresses: [], listeners: [], supportedFeatures: [] };
    return { of, ref: refOf(of), generation: 1, conditions, ...rest } as StatusWish;
  };
  const all = [status('Gateway', 'False'), status('GatewayClass', 'True'), status('GatewayClass', 'Unknown')];
  t.deepEqual(counts(all), ['gateway refused 1', 'gateway_class accepted 1', 'gateway_class refused 1']);
});

test('a route is accepted if one of its parents accepts it', (t) => {
  const [yes, no] = [[wishOf('Accepted')], [wishOf('Accepted', 'False')]];
  t.deepEqual(counts([routeOf(no, yes), routeOf(no), routeOf()]), [
    'tcp_route accepted 1',
    'tcp_route refused 2',
  ]);
});
