import type { Plan, Presentation } from './plan.ts';
import { StartError } from './start-error.ts';

/** Throws a `StartError` where a listener of the plan presents its clients in a form that the engine has not. */
export function requirePresentations(plan: Plan, engine: string, forms: readonly Presentation[]): void {
  for (const { name, presentation } of plan.listeners) {
    if (forms.includes(presentation.form)) continue;
    throw new StartError(
      'presentation_unavailable',
      `listener "${name}": the ${engine} engine can not present clients as ${presentation.form}`,
    );
  }
}
