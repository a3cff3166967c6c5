import type { ListenerOptions } from './config.ts';
import type { ListenerOption } from './listener-option.ts';
import { address } from './values/address.ts';
import { affinity } from './values/affinity.ts';
import { choice } from './values/choice.ts';
import { cidrs } from './values/cidrs.ts';
import { count } from './values/count.ts';
import { duration } from './values/duration.ts';
import { endpoints } from './values/endpoints.ts';
import { flag } from './values/flag.ts';
import { listenerName } from './values/listener-name.ts';
import { probe } from './values/probe.ts';
import { share } from './values/share.ts';
import { size } from './values/size.ts';
import { NO_SOURCES, sources } from './values/sources.ts';
import { tlvs } from './values/tlvs.ts';

/** Options of a listener: the one place where each is described. */
export const LISTENER_OPTIONS = {
  name: {
    type: listenerName,
    group: 'Listener',
    text: "The listener's name in logs and metrics.",
    edge: 'edge',
    sidecar: 'sidecar',
  },
  listen: {
    type: address,
    group: 'Listener',
    text: 'Where clients connect; port 0 takes a free one.',
    edge: null,
    sidecar: null,
  },
  to: {
    type: endpoints,
    group: 'Listener',
    text: 'The endpoints that clients are carried to.',
    edge: null,
    sidecar: null,
  },
  expect: {
    type: choice('none', 'v1', 'v2', 'any'),
    group: 'Headers that come in',
    text: 'Which headers trusted peers send.',
    edge: 'none',
    sidecar: 'any',
  },
  trust: {
    type: sources,
    group: 'Headers that come in',
    text: 'Peers whose headers are believed; required unless --expect is none.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  plain: {
    type: sources,
    group: 'Headers that come in',
    text: 'Peers that connect without a PROXY header; the peer itself is the client.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  header: {
    type: choice('required', 'optional'),
    group: 'Headers that come in',
    text: 'Whether a trusted peer must send a header, or may.',
    edge: 'required',
    sidecar: 'required',
  },
  headerTimeout: {
    // spec §2: a receiver's timeout is at least 3 s, since one retransmission of TCP takes so long.
    type: duration({ min: '3s', zero: false }),
    group: 'Headers that come in',
    text: 'How long a header may take, counted from the accept.',
    edge: '5s',
    sidecar: '5s',
  },
  maxHeader: {
    // 52 = 16 + 36: the longest header of a TCP client without TLVs (§2.2).
    // 65551 = 16 + 65535: the longest that there is.
    type: size({ min: 52, max: 65_551 }),
    group: 'Headers that come in',
    text: 'The longest header of version 2 that is read.',
    edge: '4096B',
    sidecar: '4096B',
  },
  present: {
    type: choice('none', 'v1', 'v2', 'transparent', 'forwarded'),
    group: 'Presentation',
    text: 'How the client is presented to the endpoint.',
    edge: 'v2',
    sidecar: null,
  },
  tlv: {
    type: tlvs,
    group: 'Presentation',
    text: 'TLVs that are passed on or added; one that is added replaces those of its type that came. The flag is repeated.',
    edge: 'none',
    sidecar: 'none',
  },
  crc32c: {
    type: flag,
    group: 'Presentation',
    text: 'Adds a checksum to each header.',
    edge: 'false',
    sidecar: 'false',
  },
  uniqueId: {
    type: flag,
    group: 'Presentation',
    text: 'Adds the id of the session to each header.',
    edge: 'false',
    sidecar: 'false',
  },
  forwardedTrust: {
    type: sources,
    group: 'Presentation',
    text: 'Clients whose own X-Forwarded-For is appended to, not dropped.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  allowLocalClients: {
    type: cidrs,
    group: 'Presentation',
    text: 'Addresses of this host that --present transparent may present a client by; those of loopback only for peers of loopback.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'none' },
  },
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
  source: {
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
  idleTimeout: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session in which nothing moves in either direction.',
    edge: '1h',
    sidecar: '1h',
  },
  halfCloseTimeout: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session in which one side has ended its stream and the other sends nothing.',
    edge: '1m',
    sidecar: '1m',
  },
  keepalive: {
    // The kernel counts in seconds.
    type: duration({ min: '1s', zero: true }),
    group: 'Timeouts',
    text: 'TCP keepalive on both sides.',
    edge: '60s',
    sidecar: '60s',
  },
  userTimeout: {
    type: duration({ min: '1s', zero: true }),
    group: 'Timeouts',
    text: 'How long a peer may leave what is sent unanswered before it counts as lost (epoll engine); one that answers and only does not read is not.',
    edge: '60s',
    sidecar: '60s',
  },
  maxSessionAge: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session, whatever it does.',
    edge: '0',
    sidecar: '0',
  },
  maxSessions: {
    type: count({ min: 1 }),
    group: 'Limits',
    text: 'Sessions at once.',
    edge: null,
    sidecar: null,
    unset: { value: null, text: 'what descriptors and memory allow' },
  },
  maxSessionsPerClient: {
    type: count({ min: 1, none: true }),
    group: 'Limits',
    text: 'Sessions of one client at once.',
    edge: 'none',
    sidecar: 'none',
  },
  overLimit: {
    type: choice('wait', 'refuse'),
    group: 'Limits',
    text: 'What happens to clients beyond --max-sessions: they wait to be accepted, or are refused.',
    edge: 'wait',
    sidecar: 'wait',
  },
} satisfies { readonly [Key in keyof ListenerOptions]: ListenerOption<ListenerOptions[Key]> };
