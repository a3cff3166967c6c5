import type { Engine } from './engine.ts';
import type { Plan } from './plan.ts';
import { StartError } from './start-error.ts';

/** Throws a `StartError` where a listener of the plan presents its clients in a form that the engine has not. */
export function requirePresentations(plan: Plan, engine: Pick<Engine, 'name' | 'presentations'>): void {
  for (const { name, presentation } of plan.listeners) {
    if (engine.presentations.includes(presentation.form)) continue;
    throw new StartError(
      'presentation_unavailable',
      `listener "${name}": the ${engine.name} engine can not present clients as ${presentation.form}`,
    );
  }
}
