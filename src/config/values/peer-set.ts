import { type Cidr, parseCidr } from '../../address/cidr.ts';
import type { PeerSet, SourceName } from '../config.ts';
import {
  accept,
  type ParsedValue,
  parseList,
  refuse,
  refuseWithHint,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';
import { dnsMeant, namesSource, readPeerSource, readSourceName } from './endpoints.ts';
import { wideRanges } from './ranges.ts';

const EXPECTED =
  'an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix';

export const NO_SOURCES: PeerSet = { cidrs: [], unix: false, names: [] };

/** A set of peers: addresses, CIDRs, the endpoints of sources, and `unix` for the peers of a unix socket. */
export const peerSet: ValueType<PeerSet, WrittenList> = {
  arity: 'list',
  values: 'SOURCES, or `unix`',
  expected: EXPECTED,
  file: { kind: 'list' },
  doubts: wideRanges,
  parse: (texts) => readPeers(texts, readSourceName),
};

/** `--trust`: the same, and for the listeners of a gateway its own instances. */
export const trustSet: ValueType<PeerSet, WrittenList> = {
  ...peerSet,
  parse: (texts) => readPeers(texts, readPeerSource),
};

type ReadName = typeof readSourceName;

function readPeers(texts: readonly string[], readName: ReadName): ParsedValue<PeerSet> {
  const parsed = parseList(texts, (text) => readPeer(text, readName));
  if (!('value' in parsed)) return parsed;
  const cidrs: Cidr[] = [];
  const names: SourceName[] = [];
  for (const peer of parsed.value) {
    if (peer === 'unix') continue;
    if ('kind' in peer) names.push(peer);
    else cidrs.push(peer);
  }
  return accept({ cidrs, names, unix: parsed.value.includes('unix') });
}

function readPeer(text: string, readName: ReadName): ParsedValue<Cidr | SourceName | 'unix'> {
  if (text === 'unix') return accept(text);
  if (namesSource(text)) return readName(text, false);
  const cidr = parseCidr(text);
  if (cidr !== undefined) return accept(cidr);
  const meant = dnsMeant(text, false);
  // A word without a dot is more likely a typing mistake than a DNS name.
  if (meant === undefined || !text.includes('.')) return refuse('invalid_source', EXPECTED, text);
  return refuseWithHint('invalid_source', EXPECTED, text, meant);
}
