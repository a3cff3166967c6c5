import { listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { GatewayClassObject } from './cluster-objects.ts';
import { readConditions } from './read-conditions.ts';
import { readObjectFacts } from './read-object.ts';

/** An object of the API → GatewayClass; null if it has no name. */
export function readGatewayClass(value: unknown): GatewayClassObject | null {
  const facts = readObjectFacts(value, 'cluster');
  if (facts === null) return null;
  const { spec, status } = objectOf(value);
  const { controllerName, parametersRef } = objectOf(spec);
  const { conditions, supportedFeatures } = objectOf(status);
  return {
    ...facts,
    controllerName: textOf(controllerName) ?? '',
    hasParameters: isGiven(parametersRef),
    conditions: readConditions(conditions),
    supportedFeatures: listOf(supportedFeatures).flatMap(readFeature),
  };
}

/** A field that is there and not null. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** `{ name }` since version 1.2 of the Gateway API, a text before. */
function readFeature(value: unknown): readonly string[] {
  const name = textOf(value) ?? textOf(objectOf(value).name);
  return name === null ? [] : [name];
}
