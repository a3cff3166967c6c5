import { USUAL_ANNOTATIONS } from './annotation-names.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { ProcessOption } from './process-options.ts';
import { tcpAddress } from './values/addresses.ts';
import { annotationNames } from './values/annotations.ts';
import { choice, flag } from './values/choices.ts';
import { className, namePrefix } from './values/kubernetes-names.ts';
import { namespaces } from './values/namespaces.ts';
import { count, duration, someShare } from './values/numbers.ts';
import { NO_SOURCES, peerSet } from './values/peer-set.ts';
import { portSpans } from './values/port-spans.ts';
import { publish } from './values/publish.ts';
import { cidrs } from './values/ranges.ts';

/** What a class is called behind the prefix, if --class does not name one. */
export const USUAL_CLASS = 'edge';

/** Options of `herald gateway`; everything about an option is derived from its row. A row without a default is required. */
export const GATEWAY_OPTIONS = {
  class: {
    type: className,
    group: 'Gateway',
    text: 'The loadBalancerClass of the Services that are served; with another --prefix, edge behind that prefix.',
    usual: 'herald/edge',
  },
  prefix: {
    type: namePrefix,
    group: 'Gateway',
    text: 'Prefix of the names of annotations, and of the controllerName of GatewayClasses: herald/present, herald/gateway.',
    usual: 'herald/',
  },
  namespaces: {
    type: namespaces,
    group: 'Gateway',
    text: 'Namespaces whose objects are served: all, or those with these labels.',
    usual: null,
  },
  defaultPresent: {
    type: choice('none', 'v1', 'v2', 'transparent'),
    group: 'Gateway',
    text: 'How the pods of an object learn the client if the object does not say it; with none they see the address of a node.',
    usual: null,
  },
  hopListen: {
    type: tcpAddress,
    group: 'Gateway',
    text: 'Address at which other instances hand over sessions for pods of this node; required for objects that present transparent, and needs --node-echo.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  publish: {
    type: publish,
    group: 'Gateway',
    text: 'Addresses in the statuses of objects: those of the nodes with a gateway, or these; required without --address-class.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  addressClass: {
    type: className,
    group: 'Gateway',
    text: 'The loadBalancerClass of a balancer of the cluster: each object gets an address of it, by a Service that Herald makes in its own namespace.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  publishMax: {
    type: count({ min: 1, max: 256 }),
    group: 'Gateway',
    text: 'Most addresses in one status.',
    usual: '16',
  },
  ports: {
    type: portSpans,
    group: 'Gateway',
    text: 'Ports that objects may have, but never those of Kubernetes, of NodePorts and of Herald itself.',
    usual: '80,443,1024-29999',
  },
  portHold: {
    type: duration({ zero: true }),
    group: 'Gateway',
    text: 'How long a port stays closed before it passes to another namespace.',
    usual: '10m',
  },
  allowAnnotations: {
    type: annotationNames,
    group: 'Gateway',
    text: 'Annotations that have an effect, by their names without the prefix.',
    usual: null,
    unset: { value: USUAL_ANNOTATIONS, text: 'all but `trust`' },
  },
  listenerShare: {
    type: someShare,
    group: 'Gateway',
    text: 'Largest share of all sessions that one listener may hold.',
    usual: '25%',
  },
  checkPods: {
    type: flag,
    group: 'Gateway',
    text: 'Compares each endpoint with the addresses of its Pod; needs the right to list and watch Pods.',
    usual: 'false',
  },
  endpointCidrs: {
    type: cidrs,
    group: 'Gateway',
    text: 'Ranges in which an endpoint needs no Pod, such as those of machines outside the cluster.',
    usual: null,
    unset: { value: [], text: 'none' },
  },
  metricsAllow: {
    type: peerSet,
    group: 'Gateway',
    text: 'Peers that may read /metrics besides those of loopback; it names objects of the whole cluster. Probes are open to all.',
    usual: null,
    unset: { value: NO_SOURCES, text: 'loopback only' },
  },
} satisfies { readonly [Key in keyof GatewayOptions]: ProcessOption<GatewayOptions[Key]> };
