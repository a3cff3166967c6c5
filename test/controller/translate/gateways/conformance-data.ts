import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import { parse } from 'yaml';
import type { StatusWish, Translation } from '../../../../src/controller/translation.ts';
import { schemaProblems, statusSchema } from './crd-schema.ts';
import { CLASS, documents } from './gateway-scene.ts';

// The Gateway API's own data, which is not part of this repository: manifests of its conformance suite, and its definitions.
// HERALD_GATEWAY_API names the folder; without it, it is looked for beside the checkout.

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const FOLDER = process.env.HERALD_GATEWAY_API ?? join(ROOT, '../shared/gateway-api');
const IS_THERE = existsSync(join(FOLDER, 'conformance'));

/** Files of tests may share a process, in which each title may be there once. */
let isSaid = false;

/** Tests with the data; where it is missing one test says so, and those are skipped. */
export function conformanceTests(): TestFn {
  if (IS_THERE) return anyTest;
  if (!isSaid) {
    anyTest.skip(
      `the Gateway API's data is not at ${FOLDER}: HERALD_GATEWAY_API names another place`,
      () => {},
    );
  }
  isSaid = true;
  return anyTest.skip as unknown as TestFn;
}

/** The objects of a manifest as it is, of the class `herald`, with the suite's base objects and the class itself. */
export function conformance(name: string): unknown[] {
  return documents([CLASS, manifest('base-manifests'), manifest(name)].join('\n---\n'));
}

function manifest(name: string): string {
  const text = readFileSync(join(FOLDER, 'conformance', `${name}.yaml`), 'utf8');
  return text.replaceAll('{GATEWAY_CLASS_NAME}', 'herald');
}

const DEFINITIONS = { GatewayClass: 'gatewayclasses', Gateway: 'gateways', Route: 'tcproutes' };

const definitions = new Map<string, unknown>();

function definitionOf(of: keyof typeof DEFINITIONS): unknown {
  const path = join(FOLDER, 'crd', `${DEFINITIONS[of]}.yaml`);
  if (!definitions.has(path)) definitions.set(path, parse(readFileSync(path, 'utf8')));
  return definitions.get(path);
}

/** What an API server would refuse in these statuses. */
export function statusProblems({ statuses }: Translation): string[] {
  return statuses.flatMap((wish) => {
    if (wish.of === 'Service') return [];
    const version = wish.ref.apiVersion.split('/')[1]!;
    const problems = schemaProblems(statusSchema(definitionOf(wish.of), version), written(wish));
    return problems.map((problem) => `${wish.ref.kind} ${wish.ref.name}: ${problem}`);
  });
}

/** The status as it is written: with what only the writer knows. */
function written(wish: Exclude<StatusWish, { of: 'Service' }>): object {
  const stamped = (conditions: readonly object[]): object[] =>
    conditions.map((each) => ({
      ...each,
      observedGeneration: wish.generation,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }));
  switch (wish.of) {
    case 'GatewayClass':
      return {
        conditions: stamped(wish.conditions),
        supportedFeatures: wish.supportedFeatures.map((name) => ({ name })),
      };
    case 'Gateway':
      return {
        addresses: wish.addresses,
        conditions: stamped(wish.conditions),
        listeners: wish.listeners.map((each) => ({ ...each, conditions: stamped(each.conditions) })),
      };
    case 'Route':
      return {
        parents: wish.parents.map(({ parentRef, conditions }) => ({
          parentRef,
          controllerName: 'herald/gateway',
          conditions: stamped(conditions),
        })),
      };
  }
}
