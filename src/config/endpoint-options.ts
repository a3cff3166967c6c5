import type { ListenerOption, ListenerValues } from './option.ts';
import { affinity, choice, probe } from './values/choices.ts';
import { hops } from './values/hops.ts';
import { count, duration, share } from './values/numbers.ts';
import { cidrs } from './values/ranges.ts';
import { backups, weights } from './values/weights.ts';

/** Options of a listener about its endpoints: which, how they are dialed, and what happens if one fails. */
export const ENDPOINT_OPTIONS = {
  weight: {
    type: weights,
    group: 'Endpoints',
    text: 'Share of new sessions that an endpoint of --to gets, in relation to the others; 0 gets none. May be repeated.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'all endpoints are one pool' },
    flagOnly: true,
  },
  backup: {
    type: backups,
    group: 'Endpoints',
    text: 'Endpoints of --to that are used only while no other is usable. May be repeated.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'none' },
    flagOnly: true,
  },
  balance: {
    type: choice('round-robin', 'least-sessions', 'random-two', 'client-hash', 'named'),
    group: 'Endpoints',
    text: 'Which endpoint gets the next client: the next in turn, the one with the fewest sessions, the better of two at random, one by a hash of the client, or the one that the header of another Herald names (--hops).',
    edge: 'round-robin',
    sidecar: 'round-robin',
  },
  trafficPolicy: {
    type: choice('Cluster', 'Local', 'PreferLocal', 'service'),
    group: 'Endpoints',
    text: "Which endpoints are used: all, only those of this node, those of this node if one of them is ready, or as the Service's externalTrafficPolicy says (its loadBalancerSourceRanges then apply too).",
    edge: 'Cluster',
    sidecar: 'Cluster',
  },
  hops: {
    type: hops,
    group: 'Endpoints',
    text: 'With --present transparent: the Heralds that carry clients on to the endpoints of their own nodes; without it endpoints of other nodes are not used.',
    edge: null,
    sidecar: null,
    unset: { value: null, text: 'none' },
  },
  affinity: {
    type: affinity,
    group: 'Endpoints',
    text: "Whether a client stays with its endpoint, and how long after its last connection; service follows the Service's sessionAffinity.",
    edge: 'none',
    sidecar: 'none',
  },
  family: {
    type: choice('auto', '4', '6'),
    group: 'Endpoints',
    text: "Which address of a pod is dialed: that of the Service's first family (else IPv4 if it has one), IPv4, or IPv6; with --present transparent auto is both, each for the clients of its family.",
    edge: 'auto',
    sidecar: 'auto',
  },
  endpointCidrs: {
    type: cidrs,
    group: 'Endpoints',
    text: 'Ranges that endpoints of Kubernetes and DNS must be in; others are refused, with a warning.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'anywhere' },
  },
  probe: {
    type: probe,
    group: 'Endpoints',
    text: 'Health check of each endpoint, by a connection of its own: down after three failures, up after two successes.',
    edge: 'none',
    sidecar: 'none',
  },
  probeHeader: {
    type: choice('local', 'none'),
    group: 'Endpoints',
    text: 'What a health check sends if the listener presents v1 or v2: a header that names Herald itself, or nothing.',
    edge: 'local',
    sidecar: 'local',
  },
  onEndpointGone: {
    type: choice('keep', 'close'),
    group: 'Endpoints',
    text: 'What happens to the sessions of an endpoint that its source no longer lists.',
    edge: 'keep',
    sidecar: 'keep',
  },
  ejectAfter: {
    type: count({ min: 0 }),
    group: 'Endpoints',
    text: 'Consecutive failed connects after which an endpoint is ejected; 0 turns ejection off.',
    edge: '5',
    sidecar: '5',
  },
  ejectFor: {
    type: duration({ zero: false }),
    group: 'Endpoints',
    text: 'How long an endpoint stays ejected.',
    edge: '10s',
    sidecar: '10s',
  },
  ejectMax: {
    type: share,
    group: 'Endpoints',
    text: 'Largest share of the endpoints that may be ejected at once.',
    edge: '50%',
    sidecar: '50%',
  },
  dialFrom: {
    type: cidrs,
    group: 'Endpoints',
    text: 'Local addresses or CIDRs that endpoints are dialed from, in turn.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: "the kernel's choice" },
  },
  connectTimeout: {
    type: duration({ zero: true }),
    group: 'Endpoints',
    text: 'How long an endpoint may take to accept a connection.',
    edge: '2s',
    sidecar: '2s',
  },
  attempts: {
    type: count({ min: 1 }),
    group: 'Endpoints',
    text: 'How many endpoints are tried for one client at most.',
    edge: '3',
    sidecar: '3',
  },
  reuse: {
    type: choice('safe', 'always', 'never'),
    group: 'Endpoints',
    text: "Whether a request may use a connection that carried other clients' requests (--present forwarded): always, never, or safe: a client's first request uses a new connection unless it may be repeated.",
    edge: 'safe',
    sidecar: 'safe',
  },
} satisfies { readonly [Key in keyof ListenerValues]?: ListenerOption<ListenerValues[Key]> };
