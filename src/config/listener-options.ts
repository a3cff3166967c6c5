import { ENDPOINT_OPTIONS } from './endpoint-options.ts';
import type { ListenerOption, ListenerValues } from './option.ts';
import { listenName } from './values/addresses.ts';
import { choice, flag } from './values/choices.ts';
import { endpoints } from './values/endpoints.ts';
import { listenerName } from './values/names.ts';
import { count, duration, size } from './values/numbers.ts';
import { NO_SOURCES, peerSet, trustSet } from './values/peer-set.ts';
import { cidrs, clientPrefix } from './values/ranges.ts';
import { tlvs } from './values/tlvs.ts';

/** Options of a listener; everything about an option is derived from its row. */
export const LISTENER_OPTIONS = {
  name: {
    type: listenerName,
    group: 'Listener',
    text: "The listener's name in logs and metrics.",
    edge: 'edge',
    sidecar: 'sidecar',
  },
  listen: {
    type: listenName,
    group: 'Listener',
    text: 'Address that clients connect to; port 0 takes a free port.',
    edge: null,
    sidecar: null,
  },
  to: {
    type: endpoints,
    group: 'Listener',
    text: 'Endpoints that clients are connected to.',
    edge: null,
    sidecar: null,
  },
  acceptProxy: {
    type: choice('none', 'v1', 'v2', 'any'),
    group: 'Incoming headers',
    text: 'PROXY headers accepted from trusted peers.',
    edge: 'none',
    sidecar: 'any',
  },
  trust: {
    type: trustSet,
    group: 'Incoming headers',
    text: 'Peers whose PROXY headers are trusted; required unless --accept-proxy is none.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  headerless: {
    type: peerSet,
    group: 'Incoming headers',
    text: 'Peers that connect without a PROXY header; the peer itself is the client.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  proxyHeader: {
    type: choice('required', 'optional'),
    group: 'Incoming headers',
    text: 'Whether a trusted peer must send a PROXY header, or may.',
    edge: 'required',
    sidecar: 'required',
  },
  headerTimeout: {
    // spec §2: a receiver's timeout is at least 3 s, the time of one TCP retransmission.
    type: duration({ min: '3s', zero: false }),
    group: 'Incoming headers',
    text: 'Time from accept until the header must be complete.',
    edge: '5s',
    sidecar: '5s',
  },
  maxHeader: {
    // 52 = 16 + 36: the longest header of a TCP client without TLVs (§2.2).
    // 65551 = 16 + 65535: the longest possible.
    type: size({ min: 52, max: 65_551 }),
    group: 'Incoming headers',
    text: 'Longest header of version 2 that is accepted.',
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
    text: 'TLVs to pass on or to add; an added one replaces incoming ones of its type. May be repeated.',
    edge: 'none',
    sidecar: 'none',
  },
  crc32c: {
    type: flag,
    group: 'Presentation',
    text: 'Adds a CRC-32C checksum to each header.',
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
    text: 'Clients whose own X-Forwarded-For is kept and appended to; that of others is dropped.',
    edge: null,
    sidecar: null,
    unset: { value: NO_SOURCES, text: '–' },
  },
  allowLocalClients: {
    type: cidrs,
    group: 'Presentation',
    text: 'Addresses of this host that clients may have with --present transparent; loopback addresses only for peers on loopback.',
    edge: null,
    sidecar: null,
    unset: { value: [], text: 'none' },
  },
  ...ENDPOINT_OPTIONS,
  idleTimeout: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session in which no byte moves in either direction for so long.',
    edge: '1h',
    sidecar: '1h',
  },
  halfCloseTimeout: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session in which one side has ended its stream and the other sends nothing for so long.',
    edge: '1m',
    sidecar: '1m',
  },
  keepalive: {
    // The kernel counts in seconds.
    type: duration({ min: '1s', zero: true }),
    group: 'Timeouts',
    text: 'Idle time before TCP keepalive probes, on both sides.',
    edge: '60s',
    sidecar: '60s',
  },
  tcpUserTimeout: {
    type: duration({ min: '1s', zero: true }),
    group: 'Timeouts',
    text: 'How long sent bytes may stay unacknowledged before the peer counts as lost (epoll engine); a peer that acknowledges but does not read is not lost.',
    edge: '60s',
    sidecar: '60s',
  },
  maxSessionAge: {
    type: duration({ zero: true }),
    group: 'Timeouts',
    text: 'Ends a session of this age, even if it is active.',
    edge: '0',
    sidecar: '0',
  },
  maxSessions: {
    type: count({ min: 1 }),
    group: 'Limits',
    text: 'Most sessions at once.',
    edge: null,
    sidecar: null,
    unset: { value: null, text: 'what descriptors and memory allow' },
  },
  maxSessionsPerClient: {
    type: count({ min: 1, none: true }),
    group: 'Limits',
    text: 'Most sessions of one client at once.',
    edge: 'none',
    sidecar: 'none',
  },
  clientPrefix: {
    type: clientPrefix,
    group: 'Limits',
    text: 'Which addresses count as one client for limits: those that share so many leading bits, for IPv4 and IPv6.',
    edge: '4:32,6:64',
    sidecar: '4:32,6:64',
  },
  overLimit: {
    type: choice('wait', 'refuse'),
    group: 'Limits',
    text: 'What happens to clients beyond --max-sessions: they wait, or are refused.',
    edge: 'wait',
    sidecar: 'wait',
  },
} satisfies { readonly [Key in keyof ListenerValues]: ListenerOption<ListenerValues[Key]> };
