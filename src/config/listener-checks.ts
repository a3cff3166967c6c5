import type { ParsedAddress } from '../address/socket-address.ts';
import type { EndpointName } from './config.ts';
import { type ConfigProblem, missing } from './config-error.ts';
import { tlvBytes } from './header-bytes.ts';
import { leadsTo } from './same-socket.ts';
import { type ListenerDraft, nameOf } from './setting.ts';
import { showValue } from './show-value.ts';
import { checkHops, checkNamed, checkTransparent } from './transparent-checks.ts';
import { withoutEffect } from './without-effect.ts';

type Rule = (draft: ListenerDraft) => readonly ConfigProblem[];

/** 65535 bytes after the fixed part, less 36 of two IPv6 addresses with their ports (§2.2). */
const MOST_TLV_BYTES = 65_535 - 36;

/** Checks the options of one listener against each other. Options that could not be parsed are skipped. */
export function checkListener(draft: ListenerDraft): ConfigProblem[] {
  return RULES.flatMap((rule) => rule(draft));
}

const RULES: readonly Rule[] = [
  // protocol rule 44: headers are trusted by configuration only, so there is no default.
  (draft) => {
    const { acceptProxy } = draft.values;
    if (acceptProxy === undefined || acceptProxy === 'none' || draft.settings.has('trust')) return [];
    const expected = 'the peers whose headers are trusted, such as 10.0.1.0/24 (everyone is 0.0.0.0/0,::/0)';
    const since = `${nameOf('acceptProxy', 'trust', draft)} is ${acceptProxy}`;
    return [{ ...missing(draft.place('trust'), expected, since), code: 'trust_required' }];
  },

  // A list that is never read would look like protection.
  (draft) =>
    draft.values.acceptProxy !== 'none'
      ? []
      : withoutEffect(draft, ['trust', 'headerless', 'proxyHeader'], 'acceptProxy', 'is none'),

  (draft) => {
    const { present, crc32c, uniqueId, tlv } = draft.values;
    if (present === undefined || present === 'v2') return [];
    const on = [
      ...(crc32c ? ['crc32c'] : []),
      ...(uniqueId ? ['uniqueId'] : []),
      ...(tlv !== undefined && (tlv.pass === 'all' || tlv.pass.length + tlv.add.length > 0) ? ['tlv'] : []),
    ];
    return withoutEffect(draft, on, 'present', `is ${present}, and only v2 has TLVs`);
  },

  checkTransparent,
  checkHops,
  checkNamed,
  (draft) => {
    const { present } = draft.values;
    if (present === undefined || present === 'forwarded') return [];
    return withoutEffect(draft, ['forwardedTrust'], 'present', `is ${present}`);
  },

  checkPeers,

  ({ values, place }) => {
    const bytes = tlvBytes(values);
    if (bytes <= MOST_TLV_BYTES) return [];
    const expected = `at most ${MOST_TLV_BYTES} bytes of TLVs in a header`;
    return [{ code: 'tlvs_too_large', option: place('tlv'), expected, got: `${bytes}` }];
  },

  // Configured addresses have no node and no Service.
  (draft) => {
    const { to, trafficPolicy, affinity } = draft.values;
    const services = to?.filter(({ name }) => name?.kind === 'k8s').length ?? 1;
    const local = trafficPolicy === 'Local' || trafficPolicy === 'PreferLocal';
    const asked = {
      trafficPolicy: trafficPolicy === 'service' || local ? trafficPolicy : null,
      affinity: affinity?.kind === 'service' ? 'service' : null,
    };
    return Object.entries(asked).flatMap(([key, got]) => {
      if (got === null || services === 1 || (got !== 'service' && services > 0)) return [];
      const needs =
        got === 'service' ? 'exactly one k8s:namespace/service:port' : 'k8s:namespace/service:port';
      const why = got === 'service' ? 'only a Service has such a setting' : 'other endpoints have no node';
      const expected = `${needs} in ${nameOf('to', key, draft)}`;
      const message = `${got} needs ${expected}, since ${why}`;
      return [{ code: 'needs_service', option: draft.place(key), expected, got: showValue(got), message }];
    });
  },

  // Configured addresses are dialed as they are.
  (draft) => {
    const { to, family, endpointCidrs } = draft.values;
    if (!to?.every(({ name }) => isAddress(name))) return [];
    const asked = [
      ...(family === undefined || family === 'auto' ? [] : ['family']),
      ...(endpointCidrs === undefined || endpointCidrs.length === 0 ? [] : ['endpointCidrs']),
    ];
    return withoutEffect(draft, asked, 'to', 'has no k8s:, dns: or srv: endpoint');
  },

  (draft) =>
    draft.values.probe === 0 && draft.values.probeHeader === 'none'
      ? withoutEffect(draft, ['probeHeader'], 'probe', 'is none')
      : [],

  checkLoop,

  (draft) => {
    const { to } = draft.values;
    // Weights that come from objects are no settings. There it is valid that all are 0: clients are refused.
    const setting = draft.settings.get('weight');
    if (setting === undefined || to === undefined || to.some(({ weight }) => weight > 0)) return [];
    const option = setting.place;
    const expected = 'a weight above 0 for at least one endpoint';
    return [{ code: 'no_share', option, expected, got: 'only weights of 0' }];
  },
];

// Two rules that need the address. If systemd passes the socket, it is known later: resolve-listen.ts.

/** Peers of a unix socket have no address, and peers of TCP are never on one: an entry that cannot match is a mistake. */
export function checkPeers(draft: ListenerDraft): ConfigProblem[] {
  return (['trust', 'headerless', 'forwardedTrust'] as const).flatMap((key) => {
    const { values, place } = draft;
    const { listen, acceptProxy } = values;
    // Clients named by a header may have either kind of address.
    if (key === 'forwardedTrust' && acceptProxy !== 'none') return [];
    const sources = values[key];
    if (listen === undefined || sources === undefined) return [];
    if (listen.kind === 'tcp' && sources.unix) {
      const message = `"unix" would match nobody, since ${nameOf('listen', key, draft)} is not a unix socket`;
      return [
        { code: 'source_never_matches', option: place(key), expected: 'addresses', got: '"unix"', message },
      ];
    }
    if (listen.kind === 'unix' && sources.cidrs.length + sources.names.length > 0) {
      const message = 'addresses would match nobody, since peers of a unix socket have none; use unix';
      return [
        { code: 'source_never_matches', option: place(key), expected: 'unix', got: 'addresses', message },
      ];
    }
    return [];
  });
}

/** A listener whose endpoint is itself would connect to itself for ever. */
export function checkLoop({ values: { listen, to }, place, settings }: ListenerDraft): ConfigProblem[] {
  const loops = to?.some(({ name }) => listen && isAddress(name) && leadsTo(name, listen));
  if (!loops) return [];
  const expected = 'endpoints other than the listener itself';
  const got = showValue(settings.get('listen')?.texts[0]);
  return [{ code: 'endless_loop', option: place('to'), expected, got }];
}

function isAddress(name: EndpointName | null): name is ParsedAddress {
  return name?.kind === 'tcp' || name?.kind === 'unix';
}
