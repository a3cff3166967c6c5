import { listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type {
  AllowedNamespaces,
  GatewayAddress,
  GatewayListener,
  GatewayObject,
  ObservedListener,
  RouteKind,
} from './cluster-objects.ts';
import { GATEWAY_GROUP } from './gateway-api.ts';
import { readConditions } from './read-conditions.ts';
import { isGiven } from './read-gateway-class.ts';
import { portOf, readObjectFacts, wholeOf } from './read-object.ts';

// The most that the schema allows: a longer list is cut, so that one object cannot cost more than the API means it to.
const MAX_LISTENERS = 64;
const MAX_ADDRESSES = 16;
const MAX_KINDS = 8;

/** An object of the API → Gateway; null if it has no name or no namespace. A listener without a name or a port is left out. */
export function readGateway(value: unknown): GatewayObject | null {
  const facts = readObjectFacts(value, 'namespace');
  if (facts === null) return null;
  const { spec, status } = objectOf(value);
  const { gatewayClassName, listeners, addresses, infrastructure } = objectOf(spec);
  const observed = objectOf(status);
  return {
    ...facts,
    className: textOf(gatewayClassName) ?? '',
    listeners: readListeners(listeners),
    addresses: readAddresses(addresses),
    hasParameters: isGiven(objectOf(infrastructure).parametersRef),
    conditions: readConditions(observed.conditions),
    observedListeners: readObservedListeners(observed.listeners),
    observedAddresses: readAddresses(observed.addresses),
  };
}

/** Names are the keys of the list: of two listeners with one name, which an older schema lets through, the first counts. */
function readListeners(value: unknown): readonly GatewayListener[] {
  const byName = new Map<string, GatewayListener>();
  for (const each of listOf(value).slice(0, MAX_LISTENERS)) {
    const { name, port, protocol, hostname, allowedRoutes, tls } = objectOf(each);
    const [key, number] = [textOf(name), portOf(port)];
    if (key === null || number === null || byName.has(key)) continue;
    const { namespaces, kinds } = objectOf(allowedRoutes);
    const allowed = readKinds(kinds);
    byName.set(key, {
      name: key,
      port: number,
      protocol: textOf(protocol) ?? '',
      hostname: textOf(hostname),
      allowedNamespaces: readAllowedNamespaces(namespaces),
      allowedKinds: allowed.length === 0 ? null : allowed,
      tls: tls ?? null,
    });
  }
  return [...byName.values()];
}

/** Whether the `tls` of a listener refers to certificates. */
export function namesCertificates({ tls }: Pick<GatewayListener, 'tls'>): boolean {
  return listOf(objectOf(tls).certificateRefs).length > 0;
}

/** The default is `Same`. A value that is not known allows nothing: it may be a narrower choice of a later version. */
function readAllowedNamespaces(value: unknown): AllowedNamespaces {
  const { from, selector } = objectOf(value);
  if (!isGiven(from) || from === '') return { from: 'Same' };
  if (from === 'Selector') return { from, selector };
  return { from: from === 'All' || from === 'Same' ? from : 'None' };
}

function readKinds(value: unknown): readonly RouteKind[] {
  return listOf(value)
    .slice(0, MAX_KINDS)
    .flatMap((each) => {
      const { group, kind } = objectOf(each);
      const name = textOf(kind);
      return name === null ? [] : [{ group: groupOf(group, GATEWAY_GROUP), kind: name }];
    });
}

/** A group: its default if it was not written. The empty group is the core of Kubernetes. */
export function groupOf(value: unknown, usual: string): string {
  return typeof value === 'string' ? value : usual;
}

function readAddresses(value: unknown): readonly GatewayAddress[] {
  return listOf(value)
    .slice(0, MAX_ADDRESSES)
    .filter((each) => typeof each === 'object' && each !== null)
    .map((each) => {
      const { type, value: address } = objectOf(each);
      return { type: textOf(type) ?? 'IPAddress', value: textOf(address) ?? '' };
    });
}

function readObservedListeners(value: unknown): readonly ObservedListener[] {
  return listOf(value).flatMap((each) => {
    const { name, attachedRoutes, supportedKinds, conditions } = objectOf(each);
    const key = textOf(name);
    if (key === null) return [];
    return [
      {
        name: key,
        attachedRoutes: wholeOf(attachedRoutes) ?? 0,
        supportedKinds: readKinds(supportedKinds),
        conditions: readConditions(conditions),
      },
    ];
  });
}
