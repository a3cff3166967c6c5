import type { ListenerOptions } from './config.ts';
import { ENDPOINT_OPTIONS } from './endpoint-options.ts';
import type { ListenerOption } from './option.ts';
import { address } from './values/addresses.ts';
import { choice, flag } from './values/choices.ts';
import { endpoints } from './values/endpoints.ts';
import { listenerName } from './values/names.ts';
import { count, duration, size } from './values/numbers.ts';
import { NO_SOURCES, peerSet } from './values/peer-set.ts';
import { cidrs, clientPrefix } from './values/ranges.ts';
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
  acceptProxy: {
    type: choice('none', 'v1', 'v2', 'any'),
    group: 'Headers that come in',
    text: 'Which headers trusted peers send.',
    edge: 'none',
    sidecar: 'any',
  },
  trust: {
    type: peerSet,
    group: 'Headers that come in',
    text: 'Peers whose headers are believed; required unless --accept-proxy is none.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  headerless: {
    type: peerSet,
    group: 'Headers that come in',
    text: 'Peers that connect without a PROXY header; the peer itself is the client.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  proxyHeader: {
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
    type: peerSet,
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
  ...ENDPOINT_OPTIONS,
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
  tcpUserTimeout: {
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
  clientPrefix: {
    type: clientPrefix,
    group: 'Limits',
    text: 'Which addresses are one client for limits: those with so many leading bits in common, of IPv4 and of IPv6.',
    edge: '4:32,6:64',
    sidecar: '4:32,6:64',
  },
  overLimit: {
    type: choice('wait', 'refuse'),
    group: 'Limits',
    text: 'What happens to clients beyond --max-sessions: they wait to be accepted, or are refused.',
    edge: 'wait',
    sidecar: 'wait',
  },
} satisfies { readonly [Key in keyof ListenerOptions]: ListenerOption<ListenerOptions[Key]> };
