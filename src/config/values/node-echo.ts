import type { EndpointName } from '../config.ts';
import { type ParsedValue, parseList, refuse, type ValueType, type WrittenList } from '../value-type.ts';
import { namesSource, readEndpoint, readSourceName } from './endpoints.ts';

const EXPECTED =
  'k8s:namespace/service:port, such as k8s:edge/echo:http, or an address with a port, such as 10.1.0.5:8080';

/** `--node-echo`: a Service whose endpoints have a node, or addresses that are those of this node. */
export const nodeEcho: ValueType<readonly EndpointName[], WrittenList> = {
  arity: 'list',
  values: 'ENDPOINTS',
  expected: EXPECTED,
  file: { kind: 'list' },
  parse: (texts) => parseList(texts, readEcho),
};

function readEcho(text: string): ParsedValue<EndpointName> {
  if (text.startsWith('k8s:')) return readSourceName(text, true);
  const isOther = namesSource(text) || text.startsWith('unix:');
  return isOther ? refuse('invalid_node_echo', EXPECTED, text) : readEndpoint(text, EXPECTED);
}
