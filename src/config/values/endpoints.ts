import type { ParsedAddress } from '../../address/socket-address.ts';
import type { EndpointName } from '../config.ts';
import {
  accept,
  type ParsedValue,
  parseList,
  refuse,
  refuseWithHint,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';
import { readAddress } from './address.ts';
import { dnsMeant, namesSource, readSourceName } from './source-name.ts';

const EXPECTED =
  'an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name';

/** Whom to dial: addresses that name a host and a port, and sources that know such. */
export const endpoints: ValueType<readonly EndpointName[], WrittenList> = {
  arity: 'list',
  values: 'ENDPOINTS',
  expected: EXPECTED,
  file: { kind: 'list' },
  parse: (texts) => {
    const seen = new Set<string>();
    return parseList(texts, (text): ParsedValue<EndpointName> => {
      // Twice in a pool would be one endpoint with two counters of its failures.
      if (seen.has(text)) return refuse('duplicate_endpoint', 'each endpoint once', text);
      seen.add(text);
      if (namesSource(text)) return readSourceName(text, true);
      const meant = dnsMeant(text, true);
      if (meant !== undefined) return refuseWithHint('invalid_address', 'an IP address', text, meant);
      return readEndpoint(text, EXPECTED);
    });
  },
};

/** An address that can be dialed: a host and a port, or a unix socket. */
export function readEndpoint(text: string, expected: string): ParsedValue<ParsedAddress> {
  const parsed = readAddress(text, expected);
  if (!('value' in parsed) || parsed.value.kind === 'unix') return parsed;
  if (parsed.value.ip === null)
    return refuse('endpoint_without_host', 'a host before the port, such as 127.0.0.1:80', text);
  if (parsed.value.port === 0)
    return refuse('endpoint_without_port', 'a port that can be dialled, 1 to 65535', text);
  return accept(parsed.value);
}
