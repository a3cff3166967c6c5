import type { TestFn } from 'ava';
import type { Presentation } from '../../src/plan/plan.ts';
import { type CreateEngine, EngineHarness } from '../helpers/engine-harness.ts';

/** Presentations that an engine has not: it refuses the configuration, and what was open stays. */
export function refusedForms(
  test: TestFn,
  engine: string,
  create: CreateEngine,
  forms: readonly Presentation[],
): void {
  for (const form of forms) {
    test(`${engine}: a listener that presents clients as ${form} is refused`, async (t) => {
      const harness = await EngineHarness.start(create);
      await t.throwsAsync(harness.apply({ presentation: { form } }), {
        name: 'StartError',
        code: 'presentation_unavailable',
        message: `listener "edge": the ${engine} engine cannot present clients as ${form}`,
      });
      await harness.stop();
    });
  }
}
