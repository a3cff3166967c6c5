import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { edgeService, endpointsOf, plainService } from './objects.ts';
import { startWorld } from './world.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
const OTHERS = 10_000;

/** A big cluster in which few Services are of the class: counted, not timed. */
export async function tenThousandServices(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, ingress } = await startWorld(owner, {
    objects: [
      ...Array.from({ length: OTHERS }, (_, at) => plainService('bank', `other-${at}`)),
      ...[edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])],
    ],
  });
  await startPod(POD);
  const answer = await visitUntil(443, SERVED);
  await ingress('shop/web');
  // A change of what is of no class: no status, no list and no watch is made for it.
  const { requests } = api.scripted!;
  for (let at = 0; at < 100; at++) await api.put(plainService('bank', `other-${at}`, { port: 444 }));
  await api.put(edgeService('shop', 'last', { port: 8443 }));
  await ingress('shop/last');
  const reads = (kind: string) =>
    requests.filter((each) => each.kind === kind && ['list', 'watch'].includes(each.verb)).length;
  return {
    answer,
    reads: [reads('Service'), reads('EndpointSlice')],
    connections: api.scripted!.mostConnections() <= 8,
    writes: requests.filter(({ verb, name }) => verb !== 'get' && name.startsWith('other-')).length,
  };
}
