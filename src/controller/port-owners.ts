import type { GatewayOptions } from '../config/gateway-options.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { controllerNameOf } from './translate/gateways/translate-gateways.ts';

/** Which namespaces have which ports of this gateway, by the statuses that were written before this process started. */
export function portOwners(
  { services, gateways, gatewayClasses }: ClusterObjects,
  options: Pick<GatewayOptions, 'class' | 'prefix'>,
): ReadonlyMap<number, ReadonlySet<string>> {
  const owners = new Map<number, Set<string>>();
  const note = (port: number, namespace: string) =>
    owners.set(port, (owners.get(port) ?? new Set()).add(namespace));
  for (const { loadBalancerClass, ingress, servicePorts, namespace } of services.values()) {
    if (loadBalancerClass !== options.class || ingress.length === 0) continue;
    // A port that could not be opened at one address is open at the others.
    const isFailed = (port: number) =>
      ingress.every(({ ports }) => ports.some((each) => each.port === port && each.error !== null));
    for (const { port, protocol } of servicePorts)
      if (protocol === 'TCP' && !isFailed(port)) note(port, namespace);
  }
  const controllerName = controllerNameOf(options);
  for (const { className, listeners, observedListeners, namespace } of gateways.values()) {
    if (gatewayClasses.get(className)?.controllerName !== controllerName) continue;
    const open = new Set(
      observedListeners
        .filter(({ conditions }) =>
          conditions.some(({ type, status }) => type === 'Programmed' && status === 'True'),
        )
        .map(({ name }) => name),
    );
    for (const { name, port } of listeners) if (open.has(name)) note(port, namespace);
  }
  return owners;
}
