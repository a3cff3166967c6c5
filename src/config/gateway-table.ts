import { USUAL_ANNOTATIONS } from './annotation-names.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { ProcessOption } from './process-options.ts';
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
    text: 'What the names of annotations, and the controllerName of the GatewayClasses (gateway), begin with.',
    usual: 'herald/',
  },
  namespaces: {
    type: namespaces,
    group: 'Gateway',
    text: 'Namespaces whose objects are served, by their labels.',
    usual: null,
  },
  defaultPresent: {
    type: choice('none', 'v1', 'v2'),
    group: 'Gateway',
    text: 'How the client is presented to the endpoints of objects that do not say it; with none such pods see the address of a node.',
    usual: null,
  },
  publish: {
    type: publish,
    group: 'Gateway',
    text: 'Addresses that statuses name: those of the nodes with a Herald, or these; required without --address-class.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  addressClass: {
    type: className,
    group: 'Gateway',
    text: 'The loadBalancerClass of the balancer that gives each object its address, by a Service in the namespace of Herald.',
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
    text: 'Ports that objects may have; those of Kubernetes, of NodePorts and of Herald itself never count.',
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
    text: 'Annotations that count, without their prefix.',
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
    text: 'Ranges in which an endpoint counts without a Pod, such as a machine outside the cluster.',
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
