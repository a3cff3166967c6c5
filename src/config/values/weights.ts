import type { EndpointWeight } from '../option.ts';
import {
  accept,
  type ParsedValue,
  parseList,
  refuse,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';

/** The bounds of a weight in the Gateway API. */
export const MOST_WEIGHT = 1_000_000;

const WEIGHT = `ENDPOINT=N with an endpoint of --to and a weight from 0 to ${MOST_WEIGHT}, such as k8s:shop/web:https=3`;

/** Weights of endpoints. Whether `to` has these endpoints is checked when both are known. */
export const weights: ValueType<readonly EndpointWeight[], WrittenList> = {
  arity: 'list',
  values: 'ENDPOINT=N',
  expected: WEIGHT,
  file: { kind: 'list' },
  parse: (texts) => parseList(texts, readWeight),
};

/** Endpoints by their texts. */
export const backups: ValueType<readonly string[], WrittenList> = {
  arity: 'list',
  values: 'ENDPOINTS',
  expected: 'endpoints of --to',
  file: { kind: 'list' },
  parse: (texts) =>
    parseList(texts, (text) =>
      text === '' ? refuse('invalid_endpoint', 'an endpoint of --to', text) : accept(text),
    ),
};

/** The path of a unix socket may contain `=`, so the last one counts. */
function readWeight(text: string): ParsedValue<EndpointWeight> {
  const [, endpoint, digits] = /^(.+)=(\d+)$/s.exec(text) ?? [];
  const weight = Number(digits);
  if (endpoint === undefined || weight > MOST_WEIGHT) return refuse('invalid_weight', WEIGHT, text);
  return accept({ endpoint, weight });
}
