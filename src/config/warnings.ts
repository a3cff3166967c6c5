import { TLV } from '../wire/tlv.ts';
import type { ListenerOptions, ProcessOptions } from './config.ts';
import { mostHeaderBytes } from './header-bytes.ts';
import { optionsOf } from './known-options.ts';
import { type ListenerDraft, nameOf, type WrittenListener } from './setting.ts';
import { coversEveryone } from './values/ranges.ts';

/** Some receivers have a buffer for a header of version 1, 107 bytes, and use it for version 2 too. */
const LEGACY_BYTES = 107;

/** A warning at start; `kind` groups those of many listeners. */
export interface Warning {
  readonly kind: string;
  readonly text: string;
}

/** Warnings about a listener: valid but probably unintended. */
export function warningsOf(
  options: ListenerOptions,
  draft: ListenerDraft,
  nodeName: string | null,
): Warning[] {
  const { name, to, acceptProxy, trust, forwardedTrust, tlv, trafficPolicy, present, reuse } = options;
  const { settings } = draft;
  const own = (key: string) => nameOf(key, key, draft);
  const warnings: Warning[] = [];
  const warn = (kind: string, text: string) => warnings.push({ kind, text: `listener ${name}: ${text}` });
  if (coversEveryone(trust.cidrs)) {
    warn('trust', `${own('trust')} covers every address: anyone can claim to be anyone`);
  }
  if (coversEveryone(forwardedTrust.cidrs)) {
    warn(
      'forwardedTrust',
      `${own('forwardedTrust')} covers every address: any client can claim to forward for anyone`,
    );
  }
  if (nodeName === null && (trafficPolicy === 'PreferLocal' || trafficPolicy === 'service')) {
    warn(
      'trafficPolicy',
      `${own('trafficPolicy')} ${trafficPolicy} acts as Cluster, since the node of Herald is not known: set ${nameOf('nodeName', 'trafficPolicy', draft)}, or the variable NODE_NAME`,
    );
  }
  const bytes = mostHeaderBytes(options);
  if (bytes > LEGACY_BYTES) {
    const length = bytes === Number.POSITIVE_INFINITY ? 'as long as incoming ones' : `up to ${bytes} bytes`;
    warn(
      'tlv',
      `headers can be ${length}, and some receivers refuse more than ${LEGACY_BYTES} (nginx before 1.23.2)`,
    );
  }
  if (acceptProxy === 'none') {
    for (const key of ['headerTimeout', 'maxHeader']) {
      if (!settings.has(key)) continue;
      warn(key, `${own(key)} has no effect, since ${nameOf('acceptProxy', key, draft)} is none`);
    }
  }
  if (to.length > 0 && to.every(({ backup }) => backup)) {
    warn(
      'backup',
      `every endpoint is a backup (${own('backup')}), so there is none to stand in for: all are used`,
    );
  }
  if (present !== 'forwarded' && reuse !== 'safe') {
    warn('reuse', `${own('reuse')} has no effect, since ${nameOf('present', 'reuse', draft)} is ${present}`);
  }
  if (tlv.pass.length > 0 && (acceptProxy === 'none' || acceptProxy === 'v1')) {
    warn(
      'tlv',
      `${own('tlv')} passes nothing on, since headers with TLVs are not accepted (${nameOf('acceptProxy', 'tlv', draft)} is ${acceptProxy})`,
    );
  }
  const twice = tlv.add.map(({ type }) => type).filter((type, at, all) => all.indexOf(type) < at);
  for (const type of new Set(twice)) {
    if (type === TLV.NOOP) continue;
    warn(
      'tlv',
      `${own('tlv')} adds type ${hexOf(type)} more than once, and receivers use the first of a type`,
    );
  }
  for (const [key, { type }] of optionsOf('listener')) {
    const doubts = type.doubts?.(settings.get(key)?.texts ?? []) ?? [];
    for (const doubt of doubts) warn(key, `${own(key)}: ${doubt}`);
  }
  return warnings;
}

/** A warning if nothing is presented from the address of a client, so that a node has nothing to prove. */
export function nodeEchoWarnings(
  { nodeEcho }: Partial<ProcessOptions>,
  listeners: readonly ListenerOptions[],
  written: Pick<WrittenListener, 'settings' | 'spell'>,
): string[] {
  if (!nodeEcho?.length || listeners.some(({ present }) => present === 'transparent')) return [];
  const [own, present] = [nameOf('nodeEcho', 'nodeEcho', written), nameOf('present', 'nodeEcho', written)];
  return [`${own} has no effect, since no listener has ${present} transparent`];
}

function hexOf(type: number): string {
  return `0x${type.toString(16).toUpperCase().padStart(2, '0')}`;
}
