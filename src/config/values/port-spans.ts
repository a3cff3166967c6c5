import { parsePort } from '../../address/socket-address.ts';
import type { PortSpan } from '../gateway-options.ts';
import { accept, parseList, refuse, type ValueType, type WrittenList } from '../value-type.ts';

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
