import { formatIp, parseIp } from '../../address/ip.ts';
import { parsePort } from '../../address/socket-address.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { ANNOTATIONS, type AnnotationName } from '../annotation-names.ts';
import type { PortSpan, PublishChoice } from '../gateway-options.ts';
import { nearestWord } from '../nearest-word.ts';
import { isLoopback } from '../same-socket.ts';
import {
  accept,
  listItems,
  type ParsedValue,
  parseList,
  refuse,
  refuseWithHint,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';
import { share } from './numbers.ts';

const PORTS = 'ports and ranges of ports, such as 80,443,1024-29999';

/** Ports and ranges of ports, both ends included. */
export const portSpans: ValueType<readonly PortSpan[], WrittenList> = {
  arity: 'list',
  values: 'ports and ranges `FIRST-LAST`',
  expected: PORTS,
  file: { kind: 'list' },
  parse: (texts) =>
    parseList(texts, (text) => {
      const [first, last = first] = text.split('-', 2).map((port) => parsePort(port) || undefined);
      const isSpan = /^\d+(?:-\d+)?$/.test(text) && first !== undefined && last !== undefined;
      return isSpan && first <= last ? accept({ first, last }) : refuse('invalid_ports', PORTS, text);
    }),
};

const NAMES = `names of annotations without their prefix: ${ANNOTATIONS.join(', ')}; or none`;

/** Names of annotations without their prefix. */
export const annotationNames: ValueType<readonly AnnotationName[], WrittenList> = {
  arity: 'list',
  values: `${ANNOTATIONS.map((name) => `\`${name}\``).join(' ')}, or \`none\``,
  expected: NAMES,
  file: { kind: 'list', none: true },
  parse: (texts) => {
    if (texts.length === 1 && texts[0] === 'none') return accept([]);
    const parsed = parseList(texts, (text): ParsedValue<AnnotationName> => {
      const found = ANNOTATIONS.find((name) => name === text);
      if (found !== undefined) return accept(found);
      const near = nearestWord(text.slice(text.indexOf('/') + 1), ANNOTATIONS);
      return near === undefined
        ? refuse('unknown_annotation', NAMES, text)
        : refuseWithHint('unknown_annotation', NAMES, text, near);
    });
    return 'value' in parsed ? accept([...new Set(parsed.value)]) : parsed;
  },
};

const PUBLISH = 'nodes, or addresses such as 203.0.113.7 or 2001:db8::7';

/** What statuses name: `nodes`, or addresses in canonical text. */
export const publish: ValueType<PublishChoice, WrittenList> = {
  arity: 'list',
  values: '`nodes`, or addresses',
  expected: PUBLISH,
  file: { kind: 'list' },
  parse: (texts) => {
    const items = listItems(texts);
    if (items.length === 1 && items[0] === 'nodes') return accept({ kind: 'nodes' });
    const seen = new Set<string>();
    const parsed = parseList(texts, (text): ParsedValue<string> => {
      if (text === 'nodes') {
        const message = 'nodes stands alone: expected either nodes or addresses';
        return refuse('contradictory_publish', PUBLISH, text, message);
      }
      const ip = parseIp(text);
      if (ip === undefined) return refuse('invalid_ip', PUBLISH, text);
      const address = unmapped(ip);
      if (!isReachable(address)) return refuse('invalid_ip', 'an address that clients can reach', text);
      const canonical = formatIp(address);
      if (seen.has(canonical)) return refuse('duplicate_ip', 'each address once', text);
      seen.add(canonical);
      return accept(canonical);
    });
    return 'value' in parsed ? accept({ kind: 'addresses', addresses: parsed.value }) : parsed;
  },
};

/** Not loopback, not link-local, not multicast, not 0.0.0.0 or ::. */
function isReachable(ip: Uint8Array): boolean {
  const [first = 0, second = 0] = ip;
  if (isLoopback(ip) || ip.every((byte) => byte === 0)) return false;
  return ip.length === 4
    ? first < 224 && !(first === 169 && second === 254)
    : first !== 0xff && !(first === 0xfe && second >> 6 === 2);
}

/** A share in percent above 0, parsed as a number up to 1. */
export const someShare: ValueType<number, `${number}%`> = {
  ...share,
  values: 'share, `1%` to `100%`',
  expected: 'a share from 1% to 100%',
  parse: (texts) => {
    const parsed = share.parse(texts);
    return 'value' in parsed && parsed.value === 0
      ? refuse('too_small', 'a share from 1% to 100%', texts[0] ?? '')
      : parsed;
  },
};
