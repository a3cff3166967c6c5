import anyTest, { type TestFn } from 'ava';
import type { StatusWish, Translation } from '../../../../src/controller/translate/translation.ts';
import { definition, GATEWAY_API_DATA, manifestText } from '../../../helpers/gateway-api-data.ts';
import { schemaProblems, statusSchema } from './crd-schema.ts';
import { CLASS, documents } from './gateway-scene.ts';

/** Files of tests may share a process, in which each title may be there once. */
let isSaid = false;

/** Tests with the data; where it is missing one test says so, and those are skipped. */
export function conformanceTests(): TestFn {
  if (GATEWAY_API_DATA.missing === null) return anyTest;
  if (!isSaid) anyTest.skip(GATEWAY_API_DATA.missing, () => {});
  isSaid = true;
  return anyTest.skip as unknown as TestFn;
}

/** The objects of a manifest as it is, of the class `herald`, with the suite's base objects and the class itself. */
export function conformance(name: string): unknown[] {
  return documents([CLASS, manifestText('base-manifests'), manifestText(name)].join('\n---\n'));
}

const DEFINITIONS = { GatewayClass: 'gatewayclasses', Gateway: 'gateways', Route: 'tcproutes' };

const definitions = new Map<string, unknown>();

function definitionOf(of: keyof typeof DEFINITIONS): unknown {
  if (!definitions.has(of)) definitions.set(of, definition(DEFINITIONS[of]));
  return definitions.get(of);
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
