import { formatIp, parseIp } from '../../address/ip.ts';
import { isReachable } from '../../address/reachable.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import type { PublishChoice } from '../gateway-options.ts';
import {
  accept,
  listItems,
  type ParsedValue,
  parseList,
  refuse,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';

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
