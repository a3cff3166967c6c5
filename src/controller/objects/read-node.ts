import { objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { NodeObject } from './cluster-objects.ts';
import { canonicalIp } from './published-ip.ts';
import { objectsOf, readLabels, readObjectFacts } from './read-object.ts';

/** An object of the API → Node; null if it has no usable name. A Node that does not say that it is ready is not. */
export function readNode(value: unknown): NodeObject | null {
  const facts = readObjectFacts(value, 'cluster');
  if (facts === null) return null;
  const { spec, status } = objectOf(value);
  const { conditions, addresses } = objectOf(status);
  const ips = (type: string) =>
    objectsOf(addresses).flatMap((each) => {
      const ip = each.type === type ? canonicalIp(each.address) : null;
      return ip === null ? [] : [ip];
    });
  return {
    ...facts,
    labels: readLabels(value),
    taints: objectsOf(objectOf(spec).taints).flatMap(({ key }) => textOf(key) ?? []),
    isReady: objectsOf(conditions).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    internalIps: ips('InternalIP'),
    externalIps: ips('ExternalIP'),
  };
}
