import type { GatewayOptions } from '../../config/gateway-options.ts';
import type { ClusterObjects } from '../objects/cluster-objects.ts';
import { controllerNameOf } from './gateways/translate-gateways.ts';
import { servedNamespaces } from './served-namespaces.ts';
import { isClaiming } from './translate-services.ts';

/**
 * Which namespaces have which ports of this gateway, by the statuses that were written before this process started: for when the
 * leader's Lease has no record of it (port-record.ts). Only objects that claim the port now count.
 */
export function portOwners(
  { services, gateways, gatewayClasses, namespaces }: ClusterObjects,
  options: Pick<GatewayOptions, 'class' | 'prefix' | 'namespaces'>,
): ReadonlyMap<number, ReadonlySet<string>> {
  const owners = new Map<number, Set<string>>();
  const note = (port: number, namespace: string) =>
    owners.set(port, (owners.get(port) ?? new Set()).add(namespace));
  const isServed = servedNamespaces(options.namespaces, namespaces);
  for (const service of services.values()) {
    const { ingress, servicePorts, namespace } = service;
    if (!isClaiming(service, options) || !isServed(namespace) || ingress.length === 0) continue;
    // A port that could not be opened at one address is open at the others.
    const isFailed = (port: number) =>
      ingress.every(({ ports }) => ports.some((each) => each.port === port && each.error !== null));
    for (const { port, protocol } of servicePorts)
      if (protocol === 'TCP' && !isFailed(port)) note(port, namespace);
  }
  const controllerName = controllerNameOf(options);
  for (const { className, listeners, observedListeners, namespace, isDeleted } of gateways.values()) {
    if (isDeleted || !isServed(namespace)) continue;
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
