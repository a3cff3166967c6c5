import type { ListenerOptions } from './config.ts';
import type { ListenerOption } from './option.ts';
import { affinity, choice, probe } from './values/choices.ts';
import { count, duration, share } from './values/numbers.ts';
import { cidrs } from './values/ranges.ts';

/** Options of a listener that are about its endpoints: which, how they are reached, and what becomes of one that fails. */
export const ENDPOINT_OPTIONS = {
  balance: {
    type: choice('round-robin', 'least-sessions', 'random-two', 'client-hash'),
    group: 'Endpoints',
    text: 'Who gets the next client: the next in turn, the one with the fewest sessions, the better of two at random, or always the same for the same client.',
    edge: 'round-robin',
    sidecar: 'round-robin',
  },
  trafficPolicy: {
    type: choice('Cluster', 'Local', 'PreferLocal', 'service'),
    group: 'Endpoints',
    text: "Endpoints anywhere, of this node only, of this node where it has a ready one, or as the Service's externalTrafficPolicy says, with its loadBalancerSourceRanges.",
    edge: 'Cluster',
    sidecar: 'Cluster',
  },
  affinity: {
    type: affinity,
    group: 'Endpoints',
    text: "Whether a client stays with its endpoint, for so long after its last connection; service does as the Service's sessionAffinity says.",
    edge: 'none',
    sidecar: 'none',
  },
  family: {
    type: choice('auto', '4', '6'),
    group: 'Endpoints',
    text: "Which address of a pod is dialled: that of the Service's first family (else IPv4 where it has one), IPv4, or IPv6.",
    edge: 'auto',
    sidecar: 'auto',
  },
  endpointCidrs: {
    type: cidrs,
    group: 'Endpoints',
    text: 'Where endpoints of Kubernetes and DNS must lie; others are refused, with a warning.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'anywhere' },
  },
  probe: {
    type: probe,
    group: 'Endpoints',
    text: 'Checks each endpoint by a connection of its own: down after three that fail, up after two that do not.',
    edge: 'none',
    sidecar: 'none',
  },
  probeHeader: {
    type: choice('local', 'none'),
    group: 'Endpoints',
    text: 'What a check sends where the listener presents v1 or v2: a header that says that Herald itself asks, or nothing.',
    edge: 'local',
    sidecar: 'local',
  },
  onEndpointGone: {
    type: choice('keep', 'close'),
    group: 'Endpoints',
    text: 'What becomes of the sessions of an endpoint that its source no longer knows.',
    edge: 'keep',
    sidecar: 'keep',
  },
  ejectAfter: {
    type: count({ min: 0 }),
    group: 'Endpoints',
    text: 'Failed connects in a row after which an endpoint is left out; 0 never does.',
    edge: '5',
    sidecar: '5',
  },
  ejectFor: {
    type: duration({ zero: false }),
    group: 'Endpoints',
    text: 'How long an endpoint is left out.',
    edge: '10s',
    sidecar: '10s',
  },
  ejectMax: {
    type: share,
    group: 'Endpoints',
    text: 'The share of the endpoints that may be left out at once.',
    edge: '50%',
    sidecar: '50%',
  },
  dialFrom: {
    type: cidrs,
    group: 'Endpoints',
    text: "Addresses or CIDRs of this machine to dial from, in turn; without them the kernel's choice.",
    edge: null,
    sidecar: null,
    unset: { value: [], text: "the kernel's choice" },
  },
  connectTimeout: {
    type: duration({ zero: true }),
    group: 'Endpoints',
    text: 'How long one endpoint may take to accept.',
    edge: '2s',
    sidecar: '2s',
  },
  attempts: {
    type: count({ min: 1 }),
    group: 'Endpoints',
    text: 'How many endpoints are tried for one client.',
    edge: '3',
    sidecar: '3',
  },
  reuse: {
    type: choice('safe', 'always', 'never'),
    group: 'Endpoints',
    text: "Whether a request may go over a connection that carried other clients' requests (--present forwarded): always, never, or safe, where a client's first request goes over a new one unless it may be repeated.",
    edge: 'safe',
    sidecar: 'safe',
  },
} satisfies { readonly [Key in keyof ListenerOptions]?: ListenerOption<ListenerOptions[Key]> };
