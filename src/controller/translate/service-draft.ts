import type { GatewayOptions } from '../../config/gateway-options.ts';
import type { ServiceObject, ServicePort } from '../objects/cluster-objects.ts';
import { type ObjectRef, serviceRef } from '../objects/object-path.ts';
import { readAnnotations } from './annotations.ts';
import type { Claim } from './claim.ts';
import { presentChoices, withHops } from './hop-wish.ts';
import type { EventWish, ListenerWish } from './translation.ts';

/** A TCP port of a Service: what it claims, and the listener that it gets with the claim. */
export interface ServicePortDraft {
  readonly port: ServicePort;
  /** null: not TCP, which is not served. */
  readonly claim: Claim | null;
  readonly listener: ListenerWish | null;
}

/** A port with the error that the status gives it; null: none. */
export interface PortState extends Pick<ServicePort, 'port' | 'protocol'> {
  readonly error: string | null;
}

/** What follows from a Service and the options alone, whatever other objects there are. */
export interface ServiceDraft {
  readonly ref: ObjectRef;
  readonly ports: readonly ServicePortDraft[];
  readonly claims: readonly Claim[];
  /** What its ports are if all claims are granted. */
  readonly states: readonly PortState[];
  /** The Events of the Service by itself. */
  readonly events: readonly EventWish[];
}

/** Drafts of Services by the options that they were made with. Both are kept by identity, and so is each draft. */
const drafts = new WeakMap<GatewayOptions, WeakMap<ServiceObject, ServiceDraft>>();

/** The draft of a Service; the same object as before while the Service and the options are the same objects (G9). */
export function draftOfService(service: ServiceObject, options: GatewayOptions): ServiceDraft {
  const ofOptions = drafts.get(options) ?? new WeakMap<ServiceObject, ServiceDraft>();
  const known = ofOptions.get(service);
  if (known !== undefined) return known;
  drafts.set(options, ofOptions);
  const draft = makeDraft(service, options);
  ofOptions.set(service, draft);
  return draft;
}

/** The API allows thousands: one Service would use up the descriptors and the memory of all. A quota can bound how many there are. */
const MAX_PORTS = 256;

function makeDraft(service: ServiceObject, options: GatewayOptions): ServiceDraft {
  const { namespace, name, createdMs, servicePorts } = service;
  const ref = serviceRef(service);
  const {
    settings: read,
    own,
    remarks,
  } = readAnnotations(service, ['client', 'listener'], options, {
    present: options.defaultPresent,
    // The Service's own externalTrafficPolicy, loadBalancerSourceRanges and sessionAffinity hold.
    trafficPolicy: 'service',
    affinity: 'service',
  });
  const settings = withHops(read);
  const events: EventWish[] = [];
  const warn = (reason: string, message: string) => events.push({ ref, type: 'Warning', reason, message });
  for (const { reason, message } of remarks) warn(reason, message);
  if (settings.present === 'none' && !own.has('present')) {
    warn(
      'ClientAddressNotPresented',
      `pods see the address of a node instead of the client's, since ${options.prefix}present is missing or does not count: ${presentChoices(options)}`,
    );
  }
  const nodePorts = servicePorts.filter(({ nodePort }) => nodePort > 0).map(({ nodePort }) => nodePort);
  if (service.hasSourceRanges && nodePorts.length > 0) {
    warn(
      'NodePortBypassesSourceRanges',
      `loadBalancerSourceRanges do not apply to connections to ${portsText(nodePorts)} of a node, which do not pass through Herald: set allocateLoadBalancerNodePorts to false and remove the nodePorts`,
    );
  }
  if (servicePorts.length > MAX_PORTS) {
    warn(
      'PortNotAllowed',
      `only the first ${MAX_PORTS} ports of a Service are served: move the others to another one`,
    );
  }
  const ports = servicePorts.slice(0, MAX_PORTS).map((port): ServicePortDraft => {
    if (port.protocol !== 'TCP') {
      warn(
        'UnsupportedProtocol',
        `port ${port.port} is not served, since its protocol ${port.protocol} is not supported`,
      );
      return { port, claim: null, listener: null };
    }
    const full = `${namespace}/${name}:${port.port}`;
    const object = `service ${full}`;
    const claim = { name: full, object, ref, namespace, createdMs, port: port.port, address: null };
    const endpoint = `k8s:${namespace}/${name}:${port.name === '' ? port.port : port.name}`;
    const listener: ListenerWish = {
      name: full,
      object,
      owner: ref,
      namespace,
      listen: `:${port.port}`,
      port: port.port,
      settings,
      to: [{ endpoint, weight: 1 }],
      refusesEmptyShares: false,
    };
    return { port, claim, listener };
  });
  const states = ports.map(({ port: { port, protocol }, claim }) => {
    return { port, protocol, error: claim === null ? errorOf('UnsupportedProtocol', options) : null };
  });
  return { ref, ports, claims: ports.flatMap(({ claim }) => claim ?? []), states, events };
}

/**
 * The error of a port in a status. Kubernetes keeps names without a prefix for itself, so that errors have that of
 * annotations: `herald/PortConflict`.
 */
export function errorOf(reason: string, { prefix }: Pick<GatewayOptions, 'prefix'>): string {
  return `${prefix}${reason}`;
}

/** `node port 30443`, `node ports 30080 and 30443`, … */
function portsText(ports: readonly number[]): string {
  return `node port${ports.length === 1 ? '' : 's'} ${ports.slice(0, 8).join(', ')}${ports.length > 8 ? ', …' : ''}`;
}
