import { objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import { readService } from '../../discovery/kubernetes/service.ts';
import type { IngressAddress, ServiceObject, ServicePort } from './cluster-objects.ts';
import { canonicalIp, familyOf } from './published-ip.ts';
import { objectsOf, portOf, readLabels, readObjectFacts, textsOf } from './read-object.ts';

/** An object of the API → Service; null if it has no usable name. What breaks the schema counts as absent. */
export function readServiceObject(value: unknown): ServiceObject | null {
  const facts = readObjectFacts(value, 'namespace');
  const service = facts === null ? null : readService(value, facts.namespace, facts.name);
  if (facts === null || service === null) return null;
  const spec = objectOf(objectOf(value).spec);
  const ips = [...textsOf(spec.clusterIPs), ...textsOf([spec.clusterIP])].flatMap(
    (ip) => canonicalIp(ip) ?? [],
  );
  const clusterIps = [...new Set(ips)];
  return {
    ...facts,
    service,
    type: textOf(spec.type) ?? 'ClusterIP',
    loadBalancerClass: textOf(spec.loadBalancerClass),
    servicePorts: readServicePorts(spec.ports),
    ipFamilies: readFamilies(spec.ipFamilies, clusterIps),
    clusterIps,
    hasSourceRanges: service.facts.sourceRanges !== undefined,
    ingress: readIngress(objectOf(objectOf(objectOf(value).status).loadBalancer).ingress),
    labels: readLabels(value),
  };
}

/** A DNS label with a letter: `k8s:shop/web:80` would mean the number. */
const PORT_NAME = /^(?=.*[a-z])[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Each pair of protocol and number once: the first has it. */
function readServicePorts(value: unknown): ServicePort[] {
  const seen = new Set<string>();
  return objectsOf(value).flatMap((each) => {
    const port = portOf(each.port);
    const protocol = each.protocol ?? 'TCP';
    if (port === null || (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP')) return [];
    if (seen.has(`${protocol} ${port}`)) return [];
    seen.add(`${protocol} ${port}`);
    const name = textOf(each.name) ?? '';
    return [{ name: PORT_NAME.test(name) ? name : '', port, protocol, nodePort: portOf(each.nodePort) ?? 0 }];
  });
}

/** Without families that can be read, those of its own addresses. */
function readFamilies(value: unknown, clusterIps: readonly string[]): (4 | 6)[] {
  const named = textsOf(value).flatMap((text) => (text === 'IPv4' ? 4 : text === 'IPv6' ? 6 : []));
  return [...new Set(named.length > 0 ? named : clusterIps.map(familyOf))];
}

function readIngress(value: unknown): IngressAddress[] {
  return objectsOf(value).map(({ ip, hostname, ipMode, ports }) => ({
    ip: textOf(ip),
    hostname: textOf(hostname),
    ipMode: textOf(ipMode),
    ports: objectsOf(ports).flatMap(({ port, protocol, error }) => {
      const number = portOf(port);
      return number === null
        ? []
        : [{ port: number, protocol: textOf(protocol) ?? 'TCP', error: textOf(error) }];
    }),
  }));
}
