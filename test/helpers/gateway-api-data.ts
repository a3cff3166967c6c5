import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import type { Need } from './peer-installed.ts';

// The Gateway API's own data, which is not part of this repository: manifests of its conformance suite, and its definitions.
// HERALD_GATEWAY_API names the folder; without it, it is looked for beside the checkout.

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = process.env.HERALD_GATEWAY_API ?? join(ROOT, '../shared/gateway-api');

export const GATEWAY_API_DATA: Need = {
  missing: existsSync(join(FOLDER, 'conformance'))
    ? null
    : `the Gateway API's data is not at ${FOLDER}: HERALD_GATEWAY_API names another place`,
};

/** Cases of the suite whose listeners are not served before TLS is. */
export const TLS_CASES: readonly string[] = [
  'gateway-invalid-tls-configuration',
  'gateway-secret-invalid-reference-grant',
  'gateway-secret-missing-reference-grant',
  'gateway-secret-reference-grant-all-in-namespace',
  'gateway-secret-reference-grant-specific',
  'tlsroute-invalid-backendref-nonexistent',
  'tlsroute-invalid-backendref-unknown-kind',
  'tlsroute-invalid-no-matching-listener',
  'tlsroute-invalid-no-matching-listener-hostname',
  'tlsroute-invalid-reference-grant',
  'tlsroute-listener-mixed-termination-not-supported',
  'tlsroute-listener-passthrough-supported-kinds',
  'tlsroute-listener-terminate-not-supported',
  'tlsroute-listener-terminate-supported-kinds',
  'tlsroute-mixed-termination-same-namespace',
  'tlsroute-simple-same-namespace',
  'tlsroute-terminate-simple-same-namespace',
];

/** A manifest of the conformance suite as it is, with the class `herald` in the place that the suite leaves for it. */
export function manifestText(name: string): string {
  const text = readFileSync(join(FOLDER, 'conformance', `${name}.yaml`), 'utf8');
  return text.replaceAll('{GATEWAY_CLASS_NAME}', 'herald');
}

/** The objects of YAML text; documents of comments alone are left out. */
export function objectsOfText<T>(text: string): readonly T[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value = document.toJS() as T | null;
    return value === null || typeof value !== 'object' ? [] : [value];
  });
}

/** A definition: `gateways`, `tcproutes`. */
export function definition(resource: string): unknown {
  return parse(readFileSync(join(FOLDER, 'crd', `${resource}.yaml`), 'utf8'));
}
