import type { SourceName } from '../config.ts';
import { refuse, type ValueType } from '../value-type.ts';
import { INSTANCES, readPeerSource } from './endpoints.ts';

const EXPECTED = 'k8s:namespace/service:port, such as k8s:edge/herald:hop';

/** `--hops`: a Service whose endpoints are Heralds, one on each node. */
export const hops: ValueType<SourceName | null, string> = {
  arity: 'one',
  values: '`k8s:NAMESPACE/SERVICE:PORT`',
  expected: EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) =>
    text.startsWith('k8s:') || text === INSTANCES
      ? readPeerSource(text, true)
      : refuse('invalid_hops', EXPECTED, text),
};
