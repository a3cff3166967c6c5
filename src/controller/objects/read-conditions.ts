import { listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { ObservedCondition } from './cluster-objects.ts';
import { wholeOf } from './read-object.ts';

/** `conditions` of a status; those without a type are left out. */
export function readConditions(value: unknown): readonly ObservedCondition[] {
  return listOf(value).flatMap((each) => {
    const { type, status, reason, message, observedGeneration, lastTransitionTime } = objectOf(each);
    const name = textOf(type);
    if (name === null) return [];
    return [
      {
        type: name,
        status: textOf(status) ?? '',
        reason: textOf(reason) ?? '',
        message: textOf(message) ?? '',
        observedGeneration: wholeOf(observedGeneration) ?? 0,
        lastTransitionTime: textOf(lastTransitionTime) ?? '',
      },
    ];
  });
}
