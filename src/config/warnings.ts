import { createIpSet, ipSetCovers } from '../address/ip-set.ts';
import type { ListenerOptions } from './config.ts';
import { mostHeaderBytes } from './header-bytes.ts';
import { optionsOf } from './known-options.ts';
import type { ListenerDraft } from './listener-draft.ts';

/** Receivers that read a header as one line of version 1 has room for no more. */
const LEGACY_BYTES = 107;
const EVERYONE = [
  { ip: new Uint8Array(4), prefix: 0 },
  { ip: new Uint8Array(16), prefix: 0 },
];

/** What is allowed on a listener but deserves a word at start. */
export function warningsOf(
  options: ListenerOptions,
  { settings }: ListenerDraft,
  nodeName: string | null,
): string[] {
  const { name, expect, trust, forwardedTrust, tlv, trafficPolicy, present, reuse } = options;
  const warnings: string[] = [];
  const trusted = createIpSet(trust.cidrs);
  if (EVERYONE.some((all) => ipSetCovers(trusted, all))) {
    warnings.push('the trust list covers every address: anyone can claim to be anyone');
  }
  const believed = createIpSet(forwardedTrust.cidrs);
  if (EVERYONE.some((all) => ipSetCovers(believed, all))) {
    warnings.push('forwardedTrust covers every address: what any client says of others reaches the endpoint');
  }
  if (nodeName === null && (trafficPolicy === 'PreferLocal' || trafficPolicy === 'service')) {
    warnings.push(
      `trafficPolicy ${trafficPolicy} does what Cluster does as long as nobody says on which node Herald runs (nodeName, or the variable NODE_NAME)`,
    );
  }
  const bytes = mostHeaderBytes(options);
  if (bytes > LEGACY_BYTES) {
    const length =
      bytes === Number.POSITIVE_INFINITY ? 'as long as those that come in' : `up to ${bytes} bytes`;
    warnings.push(
      `headers can be ${length}, and some receivers refuse more than ${LEGACY_BYTES} (nginx before 1.23.2)`,
    );
  }
  if (expect === 'none') {
    for (const key of ['headerTimeout', 'maxHeader']) {
      if (settings.has(key)) warnings.push(`${key} has no effect, since expect is none`);
    }
  }
  if (present !== 'forwarded' && reuse !== 'safe') {
    warnings.push(`reuse has no effect, since present is ${present}`);
  }
  if (tlv.pass.length > 0 && (expect === 'none' || expect === 'v1')) {
    warnings.push(`tlv passes nothing on, since headers with TLVs are not expected (expect is ${expect})`);
  }
  for (const [key, { type }] of optionsOf('listener')) {
    const doubts = type.doubts?.(settings.get(key)?.texts ?? []) ?? [];
    warnings.push(...doubts.map((doubt) => `${key}: ${doubt}`));
  }
  return warnings.map((warning) => `listener ${name}: ${warning}`);
}
